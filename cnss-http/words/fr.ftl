# The French words of everything that the core says by code. One key for each code; a test
# proves that none is missing and none is left over. { $model } is how the fund calls its
# declaration after « fichier » or « modèle »: « D.N.R », « de déclaration ».

## Refusals: the title, and what to do.
refusal-invalid = Des informations sont à corriger
    .advice = Corrigez chaque point signalé, puis recommencez. Rien n'a été enregistré.
refusal-wrong_credentials = L'identifiant ou le mot de passe n'est pas reconnu
    .advice = Vérifiez votre identifiant, puis saisissez de nouveau votre mot de passe.
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
refusal-too_many_references = Vous avez déjà { $most } références à payer.
    .advice = Payez-en une, ou attendez que la plus ancienne expire, avant d'en demander une autre.
refusal-key_reused = Cette demande a déjà servi pour autre chose
    .advice = Revenez à la page précédente, rechargez-la et recommencez.
refusal-quarter_not_over = Le { $quarter } n'est pas terminé
    .advice = Sa déclaration pourra être déposée à partir du { $from }.
refusal-already_filed = La déclaration du { $quarter } est déjà déposée
    .advice = Pour la modifier, ouvrez-la et choisissez « Corriger ».
refusal-not_filed = Aucune déclaration n'est déposée pour le { $quarter }
    .advice = Remplissez-la en ligne ou envoyez un fichier { $model }.
refusal-no_draft = Il n'y a pas de brouillon pour le { $quarter }
    .advice = Remplissez la déclaration en ligne ou envoyez un fichier { $model }. Si vous venez de la déposer, elle est dans la liste des déclarations.
refusal-nothing_changed = Cette correction ne change rien
    .advice = Modifiez au moins un salaire, un nombre de jours ou une date avant de déposer.
refusal-no_rule = La règle n'est pas connue à cette date
    .advice = Aucun texte vérifié ne donne la règle « { $rule } » au { $date }. La caisse ne calcule pas sans texte.
refusal-open_question = Le texte de cette règle n'a pas été trouvé
    .advice = { $question } La caisse ne calcule pas sans texte.
refusal-not_offered = Les règles de cette caisse ne décrivent pas cette prestation
    .advice = Aucune ne porte le nom « { $what } ». Si la loi la prévoit, son texte n'a pas encore été ajouté : demandez à une agence.
refusal-amount_too_large = Un montant dépasse ce que les livres acceptent
    .advice = Vérifiez les salaires : l'un d'eux est sans doute une faute de frappe.
refusal-no_sign_up = Cette caisse n'ouvre pas de compte en ligne
    .advice = Adressez-vous à un guichet de la caisse.
refusal-account_waiting = Votre compte n'est pas encore activé
    .advice = Un agent l'examine. Vous recevrez un e-mail une fois votre compte activé.
refusal-account_blocked = Votre compte est bloqué
    .advice = Adressez-vous à un guichet de la caisse avec une pièce d'identité : un agent peut le débloquer.
refusal-first_password_over = Ce mot de passe provisoire n'est plus valable
    .advice = Il n'a pas été changé à temps. Choisissez-en un autre avec « Mot de passe oublié ».
refusal-code_wrong = Ce code n'est pas le bon
    .advice = Vérifiez les chiffres du dernier message reçu. Essais restants : { $left }.
refusal-code_closed = Ce code ne sert plus
    .advice = Trop de codes faux ont été saisis, ou le code a déjà servi. Recommencez la demande pour en recevoir un autre.
refusal-code_expired = Ce code a expiré
    .advice = Demandez un nouveau code avec « Renvoyer le code ».
refusal-wait_to_resend = Un code vient d'être envoyé
    .advice = Patientez { $seconds } secondes avant d'en demander un autre.
refusal-too_many_messages = Trop de messages ont été demandés
    .advice = Réessayez plus tard, ou adressez-vous à un guichet de la caisse.
refusal-prove_again = Confirmez votre identité
    .advice = Saisissez de nouveau votre mot de passe et votre code pour continuer.

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
fault-out_of_range = Hors limites : au plus tôt { $first }, au plus tard { $last }.
fault-too_many = Il y en a trop : { $most } au plus.
fault-no_rule = Aucune règle n'est connue à cette date. La première date connue est { $since }.
fault-no_rule-ever = Aucune règle n'est connue pour ce cas. La caisse ne calcule pas sans texte.
fault-not_a_number = Ce n'est pas un numéro. Recopiez-le tel qu'il est écrit.
# Les mots suivent le champ : un numéro d'assuré n'a que des chiffres, une version est un nombre.
fault-not_a_number-number = Ce n'est pas un numéro d'assuré : des chiffres seulement, 15 au plus.
fault-not_a_number-insured_number = Ce n'est pas un numéro d'assuré : des chiffres seulement, 15 au plus.
fault-not_a_number-version = Ce n'est pas un nombre. Renvoyez la version telle qu'elle a été donnée.
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
fault-no_heading = La ligne des titres de colonnes est introuvable. Repartez du modèle { $model } sans modifier les titres.
fault-column_twice = La colonne « { $title } » figure deux fois. Gardez-en une seule.
fault-no_line = Aucun travailleur n'est déclaré. Remplissez au moins une ligne.
fault-other_employer = Ce fichier porte le numéro d'employeur { $given }. Le vôtre est { $expected }.
fault-other_quarter = Ce fichier est celui d'un autre trimestre ({ $given }). Il faut celui du { $expected }.
fault-file_empty = Le fichier est vide. Choisissez le fichier { $model } rempli.
fault-file_too_large = Le fichier dépasse 10 Mo. Gardez une seule feuille, sans images ni mise en forme inutile.
fault-file_not_a_workbook = Ce fichier n'est pas un classeur Excel. Envoyez le modèle { $model } rempli, au format .xlsx.
fault-file_encrypted = Ce classeur est protégé par un mot de passe. Retirez la protection (Fichier, Informations, Protéger le classeur), puis renvoyez-le.
fault-file_old_format = Ce classeur est à l'ancien format .xls. Ouvrez-le et enregistrez-le au format « Classeur Excel (.xlsx) ».
fault-file_open_document = Ce classeur est au format .ods. Enregistrez-le au format « Classeur Excel (.xlsx) ».
fault-file_binary_workbook = Ce classeur est au format .xlsb. Enregistrez-le au format « Classeur Excel (.xlsx) ».
fault-file_bomb = Ce fichier prendrait trop de place une fois ouvert. Copiez vos lignes dans un modèle { $model } neuf.
fault-file_damaged = Ce classeur est abîmé et ne peut pas être lu. Ouvrez-le dans Excel, enregistrez-le sous un autre nom, puis renvoyez-le.
fault-file_no_sheet = Ce classeur n'a pas de feuille visible. Repartez du modèle { $model }.
fault-file_too_many_rows = Ce classeur a trop de lignes. Supprimez les lignes vides sous le tableau ; 150 000 travailleurs au plus.
fault-file_too_many_columns = Ce classeur a trop de colonnes. Supprimez les colonnes à droite du tableau.
fault-not_an_email = Ce n'est pas une adresse e-mail. Écrivez-la ainsi : prenom.nom@exemple.org.
fault-not_the_same = Les deux saisies diffèrent. Saisissez deux fois le même mot de passe.
fault-taken = Cette adresse ouvre déjà un compte. Choisissez-en une autre.
fault-not_a_phone = Ce n'est pas un numéro de téléphone. Écrivez les chiffres, avec ou sans l'indicatif du pays.
fault-phone_foreign = Ce numéro est celui d'un autre pays. Les codes ne sont envoyés qu'aux numéros du pays.
fault-phone_not_mobile = Ce numéro ne reçoit pas de SMS. Indiquez un téléphone portable.
fault-phone_not_in_plan = Ce numéro n'existe pas dans le plan de numérotation. Vérifiez les chiffres.
fault-password_too_short = Le mot de passe doit avoir au moins { $count } caractères.
fault-password_too_long = Le mot de passe doit avoir au plus { $count } caractères.
fault-password_no_upper = Le mot de passe doit contenir une lettre majuscule.
fault-password_no_lower = Le mot de passe doit contenir une lettre minuscule.
fault-password_no_digit = Le mot de passe doit contenir un chiffre.
fault-password_no_special = Le mot de passe doit contenir un caractère spécial, par exemple & @ € - / ?
fault-password_common = Ce mot de passe est trop courant. Choisissez-en un que personne ne devine.
fault-password_personal = Le mot de passe ne doit contenir ni votre nom, ni votre identifiant, ni l'un de vos numéros.

## Reasons for which there is no right, or not yet.
reason-age_not_reached = Avoir { $needed } ans
    .missing = Âge atteint le { $reached }.
reason-age_passed = Avoir moins de { $limit } ans
    .missing = À partir de { $limit } ans, ce droit est fermé : voyez la pension normale.
reason-too_few_units = Avoir { $needed } d'assurance
    .missing = Compté à cette date : { $counted }. Il manque { $missing }.
reason-too_many_units = Avoir moins de { $limit } d'assurance
    .missing = Compté à cette date : { $counted }. Avec une durée plus longue, un autre droit s'applique.
reason-too_few_recent = Avoir { $needed } d'assurance dans les { $months } mois qui précèdent
    .missing = Compté dans cette période : { $counted }. Il manque { $missing }.
reason-registered_too_late = Être immatriculé depuis { $needed } ans
    .missing = Délai atteint le { $enough }.
reason-work_not_ceased = Avoir cessé tout travail salarié
    .missing = Un salaire est encore déclaré en { $last }.
reason-proof_missing = Condition à prouver : { $label }
    .missing = Joignez à votre demande la pièce qui le prouve.
reason-degree_too_low = Avoir perdu au moins { $needed } de sa capacité de travail
    .missing = Le taux reconnu est plus bas, ou n'est pas indiqué.
reason-pay_too_low = Gagner au moins { $needed } par mois
    .missing = Le salaire indiqué est plus bas.
reason-pay_too_high = Gagner au plus { $most } par mois
    .missing = Le salaire indiqué est plus élevé.
reason-other_category = Être de la catégorie voulue : { $label }
    .missing = La catégorie indiquée est une autre.
reason-or_else = Ou bien : { $label }
    .missing = Cette condition remplacerait celle qui précède.
reason-no_child = Avoir au moins un enfant à charge
    .missing = Aucun enfant indiqué n'a l'âge voulu à cette date.

## Money that a bank announced and that was not credited.
dispute-unknown_reference = Cette référence n'a jamais été émise. Un agent de la caisse recherchera le paiement.
dispute-other_amount = La référence a été émise pour un autre montant. Un agent de la caisse prendra contact.
dispute-paid_before = Cette référence est déjà payée par une autre transaction. Un agent de la caisse prendra contact.
dispute-day_in_future = Le jour annoncé pour l'arrivée de l'argent est trop loin dans l'avenir. Un agent de la caisse vérifiera.
dispute-other_currency = Le montant est annoncé dans une autre monnaie que celle de la caisse. Un agent de la caisse vérifiera.
dispute-other_content = Cette transaction a déjà été annoncée avec un autre contenu. Un agent de la caisse vérifiera.
dispute-before_issued = L'argent est crédité à compter du jour d'émission de la référence : la banque annonce un jour antérieur. Un agent de la caisse vérifiera.
dispute-after_expiry = L'argent est crédité, bien qu'il soit arrivé après le dernier jour de la référence. Un agent de la caisse vérifiera.

## Numbers and papers.
identifier-format = Ce numéro n'a pas la forme attendue.
identifier-check_digit = La clé de contrôle ne correspond pas : un chiffre a sans doute été mal saisi.

## What does not hold in a certificate.
doubt-digest = L'empreinte n'est pas celle du contenu : l'attestation a été modifiée.
doubt-fund = L'attestation est d'une autre caisse ou dans une autre monnaie.
doubt-size = L'attestation est plus longue qu'aucun calcul de la caisse.
doubt-twice = la même étape figure déjà plus haut, et rien ne repose sur l'une des deux.
doubt-births = Les étapes nomment plus d'une date de naissance.
doubt-no_line = aucun texte de la règle « { $what } » n'est en vigueur ce jour-là.
doubt-law = la loi dit autre chose (« { $what } »).
doubt-reference = « { $what } » n'est pas la valeur de l'étape à laquelle il renvoie.
doubt-working = ce calcul ne peut pas être refait.
doubt-value = le calcul montré ne donne pas « { $what } ».
doubt-result = Le résultat « { $what } » n'est pas celui de son étape.

## Caveats.
caveat-open = Question ouverte
caveat-unverified = Valeur non vérifiée
caveat-unchecked = Condition non vérifiée
caveat-open-many = { $n } questions ouvertes
caveat-unverified-many = { $n } valeurs non vérifiées
caveat-unchecked-many = { $n } conditions non vérifiées
caveat-unchecked-text = « { $label } » n'a pas pu être vérifié, faute d'information : la réponse le suppose rempli.
caveat-no-rule = Règle inconnue
caveat-no-rule-many = { $n } règles inconnues
caveat-no-rule-text = « { $label } » : aucune règle n'est connue au { $date }, et le montant qui en dépend n'est pas calculé.
caveat-beyond = Durée au-delà de ce qui est payé
caveat-beyond-many = { $n } durées au-delà de ce qui est payé
caveat-beyond-text = « { $label } » : { $most } au plus sont comptés, et le reste de l'arrêt ne l'est pas. Une prolongation, par exemple pour maladie, n'est pas calculée.
caveat-unpaid = Mois sans salaire
caveat-unpaid-many = { $n } moyennes avec des mois sans salaire
caveat-unpaid-text = « { $label } » : { $months } sans salaire déclaré, comptés pour rien dans la moyenne.
caveat-unverified-text = « { $label } » repose sur une valeur qu'aucun texte lu ne confirme.

## Words of values.
word-half_up = au plus proche, la demie vers le haut
word-down = vers le bas
word-up = vers le haut
word-started = toute période commencée compte
word-complete = seules les périodes complètes comptent
word-next_month = le premier jour du mois suivant
word-same_day = le jour même
word-year = par année
word-quarter = par trimestre
word-month = par mois
value-due-day = le { $n } du mois suivant
value-yes = oui
value-no = non
unit-years = { $n ->
    [one] { $n } an
   *[other] { $n } ans
}
unit-quarters = { $n ->
    [one] { $n } trimestre
   *[other] { $n } trimestres
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
unit-children = { $n ->
    [one] { $n } enfant
   *[other] { $n } enfants
}
unit-periods = { $n ->
    [one] { $n } période
   *[other] { $n } périodes
}
fraction-1-2 = la moitié
fraction-1-3 = un tiers
fraction-2-3 = deux tiers
fraction-1-4 = un quart
fraction-3-4 = trois quarts

## Conditions in a calculation: what there is, and what is needed.
compare-least = { $own } ; il faut au moins { $bound }
    .counted = { $own } ; il en faut au moins { $bound }
compare-most = { $own } ; il faut au plus { $bound }
    .counted = { $own } ; il en faut au plus { $bound }
compare-below = { $own } ; il faut moins de { $bound }
    .counted = { $own } ; il en faut moins de { $bound }

source-arithmetic = à partir de vos données et des étapes précédentes

## The law: what each number of a rule is, by its path in the fund's data.
law-file-fund = Salaire minimum et règles générales
law-file-contributions = Cotisations
law-file-pension = Pensions
law-file-benefits = Prestations
law-file-declaration = Déclaration
law-at_once = Dès l'échéance passée
law-monthly = Par mois
law-grace_months = Délai avant la part mensuelle
law-part = Mois entamé
law-open = Texte non trouvé
law-per_worker = Par travailleur et par mois
law-per_head = Par travailleur
law-most = Au plus
law-amount = Montant
law-minimum_wage = Limite
law-day = Jour du mois
law-months_after = Délai
law-computed-worker = salarié par salarié
law-computed-total = sur le total des salaires
law-unit = Unité de compte
law-month = Mois entier
law-least_days = Mois compté à partir de
law-age = Âge au moins
law-younger = Âge inférieur à
law-insured = Durée d'assurance au moins
law-insured_below = Durée d'assurance inférieure à
law-recent-units = Durée d'assurance au moins
law-recent-months = Dans les derniers
law-registered = Immatriculé depuis au moins
law-any_of = L'une de ces conditions
law-category = Catégorie
law-work_ceased = Avoir cessé tout travail salarié
law-proof = Pièce à fournir
law-degree = Perte de capacité au moins
law-pay_at_least-amount = Salaire mensuel au moins
law-pay_at_least-minimum_wage = Salaire mensuel au moins
law-pay_at_most-amount = Salaire mensuel au plus
law-pay_at_most-minimum_wage = Salaire mensuel au plus
law-average-base = Salaire retenu
law-average-revalued = Revalorisé par
law-average-windows-last = Derniers mois d'assurance
law-average-windows-best = Meilleurs mois
law-average-windows-of = Parmi les derniers
law-average-windows-last_years = Dernières années civiles
law-average-windows-over = Somme divisée par
law-revaluation-rows-paid = Salaire de l'année
law-revaluation-rows-awarded = Pension accordée en
law-revaluation-rows-times = Coefficient
law-brackets-incomplete = Période incomplète
law-brackets-most = Taux au plus
law-brackets-rows-from = À partir de
law-brackets-rows-each = Pour chaque période complète de
law-brackets-rows-flat = Taux acquis
law-brackets-rows-rate = Taux ajouté
law-brackets-rows-open = Texte non trouvé
law-accrual-each = Pour chaque période de
law-accrual-rate = Taux acquis
law-points-share = Part du salaire qui achète des points
law-points-price = Prix du point
law-points-value = Valeur mensuelle du point
law-price = Prix du point
law-ceiling-amount = Au plus
law-ceiling-share = Au plus
law-ceiling-of = De quoi
law-floor-amount = Au moins
law-floor-share = Au moins
law-floor-of = De quoi
law-floor-tiers-units = À partir de
law-floor-tiers-amount = Au moins
law-ceiling-tiers-units = À partir de
law-ceiling-tiers-amount = Au plus
law-early-each = Compté par
law-early-take = Réduction
law-early-part = Période entamée
law-early-lasts = Durée de la réduction
law-early-towards = Jusqu'à l'âge de la règle
law-early_table-rows-age = À l'âge de
law-early_table-rows-keep = Part conservée
law-supplement-share = Supplément
law-supplement-of = De quoi
law-supplement-for = Pour qui
law-supplement-most = Nombre au plus
law-add-share = Part ajoutée
law-add-of = De quoi
law-ratio-over = En proportion de la durée de la règle
law-rounding-way = Arrondi
law-rounding-to = À un multiple de
law-none = Rien à partir de cette date
law-start = Premier jour payé
law-lump-pay = Salaires de référence versés
law-lump-each = Pour chaque période complète de
law-lump-least = Durée d'assurance au moins
law-refund-branches = Cotisations rendues
law-refund-payers = Part
law-refund-least = Durée d'assurance au moins
law-flat-amount = Montant
law-flat-minimum_wage = Montant
law-flat-least = Durée d'assurance au moins
law-buy_back = Durée rachetable au plus
law-shares-spouse = Conjoints ensemble
law-shares-child = Chaque enfant
law-shares-pool = Enfants ensemble
law-shares-child_most = Chaque enfant au plus
law-shares-orphan = Orphelin de père et de mère
law-shares-children_most = Nombre d'enfants au plus
law-shares-total = Total au plus
law-shares-reduce = Parts réduites au-delà
law-child_ages-child = Enfant, jusqu'à
law-child_ages-apprentice = Apprenti, jusqu'à
law-child_ages-student = Élève ou étudiant, jusqu'à
law-child_ages-disabled = Enfant handicapé, jusqu'à
law-by_rank-up_to = Jusqu'à l'enfant nº
law-by_rank-amount = Par enfant et par mois
law-daily_pay-months = Salaires des derniers
law-daily_pay-over = Somme divisée par
law-daily_pay-base = Salaire retenu
law-monthly_pay-months = Salaires des derniers
law-monthly_pay-over = Somme divisée par
law-monthly_pay-base = Salaire retenu
law-schedule-unit = Compté par
law-schedule-wait = Unités d'attente non payées
law-schedule-most = Unités payées au plus
law-schedule-extensions-proof = Prolongée pour
law-schedule-extensions-most = Unités de plus, au plus
law-schedule-steps-from = À partir de l'unité nº
law-schedule-steps-share = Part du salaire moyen
law-schedule-steps-part = Part du salaire moyen
law-schedule-steps-cap-amount = Au plus
law-schedule-steps-cap-minimum_wage = Au plus
law-schedule-steps-open = Texte non trouvé
law-parts-label = Pour
law-parts-amount = Montant
law-range-least = Au moins
law-range-most = Au plus
law-word-illness_before_birth = maladie due à la grossesse, avant l'accouchement
law-word-illness_after_birth = maladie due à la grossesse ou à l'accouchement, après lui
law-word-days = jours déclarés
law-word-months = mois cotisés
law-word-quarters = trimestres cotisés
law-word-years = années de douze mois cotisés
law-word-day = jour
law-word-month = mois
law-word-quarter = trimestre
law-word-year = année
law-word-always = définitive
law-word-until_then = jusqu'à l'âge normal
law-word-reference = salaire de référence
law-word-minimum_wage = salaire minimum
law-word-pension = pension
law-word-third_person = tierce personne
law-word-child = enfant
law-word-spouse = conjoint
law-word-drop = ne compte pas
law-word-fraction = compte en proportion
law-word-all = toutes, en proportion
law-word-children = celles des enfants seulement
law-word-employer = part de l'employeur
law-word-worker = part du salarié
law-word-no_limit = sans limite d'âge
