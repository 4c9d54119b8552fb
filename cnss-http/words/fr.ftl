# The French words of everything that the core says by code. One key for each code; a test
# proves that none is missing and none is left over.

## Refusals: the title, and what to do.
refusal-invalid = Des informations sont à corriger
    .advice = Corrigez chaque point signalé, puis recommencez. Rien n'a été enregistré.
refusal-wrong_credentials = L'identifiant ou le mot de passe n'est pas reconnu
    .advice = Vérifiez votre adresse électronique, puis saisissez de nouveau votre mot de passe.
refusal-too_many_attempts = Trop d'essais
    .advice = Attendez { $seconds } secondes avant d'essayer de nouveau.
refusal-not_logged_in = Connectez-vous pour continuer
    .advice = Votre session est terminée ou n'a pas commencé. Connectez-vous ; vous reviendrez à cette page.
refusal-not_allowed = Cet espace n'est pas le vôtre
    .advice = Revenez à votre tableau de bord, ou connectez-vous avec le compte qui convient.
refusal-not_found = Cette page ou ce document n'existe pas
    .advice = Vérifiez l'adresse, ou repartez de votre tableau de bord.
refusal-stale = Quelqu'un a modifié ce document entre-temps
    .advice = Rouvrez la page pour voir la version récente, puis reprenez votre modification.
refusal-key_reused = Cette demande a déjà servi pour autre chose
    .advice = Revenez à la page précédente, rechargez-la et recommencez.
refusal-quarter_not_over = Le { $quarter } n'est pas terminé
    .advice = Sa déclaration pourra être déposée à partir du { $from }.
refusal-already_filed = La déclaration du { $quarter } est déjà déposée
    .advice = Pour la modifier, ouvrez-la et choisissez « Corriger ».
refusal-not_filed = Aucune déclaration n'est déposée pour le { $quarter }
    .advice = Remplissez-la en ligne ou envoyez un fichier D.N.R.
refusal-no_draft = Il n'y a pas de brouillon pour le { $quarter }
    .advice = Remplissez la déclaration en ligne ou envoyez un fichier D.N.R. Si vous venez de la déposer, elle est dans la liste des déclarations.
refusal-nothing_changed = Cette correction ne change rien
    .advice = Modifiez au moins un salaire, un nombre de jours ou une date avant de déposer.
refusal-no_rule = La règle n'est pas connue à cette date
    .advice = Aucun texte vérifié ne donne la règle « { $rule } » au { $date }. La caisse ne calcule pas sans texte.
refusal-amount_too_large = Un montant dépasse ce que les livres acceptent
    .advice = Vérifiez les salaires : l'un d'eux est sans doute une faute de frappe.

## Faults: one sentence that says what to do.
fault-missing = Indiquez cette information.
fault-too_long = Le texte est trop long : { $most } caractères au plus, sans caractère de contrôle.
fault-not_a_date = Ce n'est pas une date. Écrivez le jour, le mois et l'année, par exemple 31/03/2024 (ou 2024-03-31).
fault-not_a_month = Ce n'est pas un mois. Écrivez l'année puis le mois, par exemple 2024-03.
fault-not_an_amount = Ce n'est pas un montant. Écrivez un nombre, par exemple 52 500.
fault-not_positive = Le montant doit être supérieur à zéro.
fault-not_whole = Le franc CFA n'a pas de centimes. Écrivez un montant entier, par exemple 1 235.
fault-too_large = Ce montant dépasse { $most } : vérifiez la saisie.
fault-not_allowed = Valeur inconnue. Valeurs possibles : { $allowed }.
fault-not_days = Indiquez un nombre entier de jours entre 0 et { $most }.
fault-ends_before_start = La fin vient avant le début. Vérifiez les deux dates.
fault-in_future = Cette date n'est pas encore passée.
fault-out_of_range = Cette date est hors des années que la caisse connaît.
fault-too_many = Il y en a trop : { $most } au plus.
fault-no_rule = Aucune règle n'est connue à cette date. La première date connue est { $since }.
fault-no_rule-ever = Aucune règle n'est connue pour ce cas. La caisse ne calcule pas sans texte.
fault-not_a_number = Ce n'est pas un numéro d'assuré : des chiffres seulement, 15 au plus.
fault-not_a_name = Ce n'est pas un nom. Retirez les signes qui ne sont pas des lettres.
fault-unknown_insured = Ce numéro n'est pas au registre. Vérifiez-le (les zéros du début comptent) ou demandez l'immatriculation du travailleur.
fault-other_name = Le registre connaît ce numéro sous le nom de { $registered }. Corrigez le nom ou le numéro.
fault-twice = Ce travailleur figure déjà à la ligne { $row }. Gardez une seule ligne par travailleur.
fault-below_minimum = Salaire inférieur au SMIG ({ $minimum } en { $month }). Corrigez le montant ; si le mois est incomplet, indiquez le nombre de jours travaillés.
fault-days_without_wage = Les jours et le salaire ne vont pas ensemble : indiquez les deux, ou aucun.
fault-no_wage = Aucun salaire sur le trimestre. Indiquez au moins un salaire, ou retirez la ligne.
fault-outside_employment = Salaire en { $month }, hors de la période d'emploi indiquée. Corrigez le salaire ou les dates d'embauche et de débauche.
fault-formula = Cette cellule contient une formule. Remplacez-la par sa valeur (copier, puis collage spécial « Valeurs »).
fault-cell_error = Cette cellule affiche une erreur de calcul. Remplacez-la par la valeur voulue.
fault-merged = Les cellules { $range } sont fusionnées. Annulez la fusion et remplissez chaque cellule.
fault-column_missing = La colonne « { $title } » manque. Repartez du modèle, ou ajoutez cette colonne.
fault-no_heading = La ligne des titres de colonnes est introuvable. Repartez du modèle D.N.R. sans modifier les titres.
fault-column_twice = La colonne « { $title } » figure deux fois. Gardez-en une seule.
fault-no_line = Aucun travailleur n'est déclaré. Remplissez au moins une ligne.
fault-other_employer = Ce fichier porte le numéro d'employeur { $given }. Le vôtre est { $expected }.
fault-other_quarter = Ce fichier est celui d'un autre trimestre ({ $given }). Il faut celui du { $expected }.
fault-file_empty = Le fichier est vide. Choisissez le fichier D.N.R. rempli.
fault-file_too_large = Le fichier dépasse 10 Mo. Gardez une seule feuille, sans images ni mise en forme inutile.
fault-file_not_a_workbook = Ce fichier n'est pas un classeur Excel. Envoyez le modèle D.N.R. rempli, au format .xlsx.
fault-file_encrypted = Ce classeur est protégé par un mot de passe. Retirez la protection (Fichier, Informations, Protéger le classeur), puis renvoyez-le.
fault-file_old_format = Ce classeur est à l'ancien format .xls. Ouvrez-le et enregistrez-le au format « Classeur Excel (.xlsx) ».
fault-file_open_document = Ce classeur est au format .ods. Enregistrez-le au format « Classeur Excel (.xlsx) ».
fault-file_binary_workbook = Ce classeur est au format .xlsb. Enregistrez-le au format « Classeur Excel (.xlsx) ».
fault-file_bomb = Ce fichier prendrait trop de place une fois ouvert. Copiez vos lignes dans un modèle D.N.R. neuf.
fault-file_damaged = Ce classeur est abîmé et ne peut pas être lu. Ouvrez-le dans Excel, enregistrez-le sous un autre nom, puis renvoyez-le.
fault-file_no_sheet = Ce classeur n'a pas de feuille visible. Repartez du modèle D.N.R.
fault-file_too_many_rows = Ce classeur a trop de lignes. Supprimez les lignes vides sous le tableau ; 150 000 travailleurs au plus.
fault-file_too_many_columns = Ce classeur a trop de colonnes. Supprimez les colonnes à droite du tableau.

## Reasons for which there is no pension, or not yet.
reason-age_not_reached = Avoir { $needed } ans
    .missing = Âge atteint le { $reached }.
reason-normal_age_reached = Avoir moins de { $normal } ans
    .missing = À partir de { $normal } ans, demandez la pension normale.
reason-too_few_months = Avoir { $needed } mois d'assurance
    .missing = { $counted } mois comptés à cette date : il manque { $missing } mois.
reason-work_not_ceased = Avoir cessé tout travail salarié
    .missing = Un salaire est encore déclaré en { $last }.
reason-allowance_instead = À défaut, une allocation de vieillesse
    .missing = Avec { $needed } mois d'assurance, un versement unique existe ; aucun texte vérifié n'en donne le montant.

## Caveats.
caveat-open = Question ouverte
caveat-unverified = Valeur non vérifiée
caveat-unverified-text = « { $label } » repose sur une valeur qu'aucun texte lu ne confirme.

## Words of values.
word-rounding-half-up = à l'unité la plus proche, la demie vers le haut
word-rounding-down = à l'unité inférieure
word-rounding-up = à l'unité supérieure
word-early-year-started = toute année commencée compte
word-early-year-complete = seules les années complètes comptent
value-surcharge-pair = { $a } dès l'échéance passée, puis { $b } par mois commencé après 3 mois
value-rate-pair = { $a }, puis { $b } par année complète
value-due-day = le { $n } du mois suivant
value-yes = oui
value-no = non
unit-years = { $n ->
    [one] { $n } an
   *[other] { $n } ans
}
unit-months = { $n } mois
unit-days = { $n ->
    [one] { $n } jour
   *[other] { $n } jours
}
unit-workers = { $n ->
    [one] { $n } travailleur
   *[other] { $n } travailleurs
}
unit-other-errors = { $n ->
    [one] { $n } autre erreur
   *[other] { $n } autres erreurs
}
unit-periods = { $n ->
    [one] { $n } année
   *[other] { $n } années
}
source-arithmetic = à partir de vos données et des étapes précédentes
