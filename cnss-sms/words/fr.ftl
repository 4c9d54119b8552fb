# What the fund tells people, in French. One message for each key of cnss_core::notice::Message,
# with three attributes: the SMS, and the subject and body of the e-mail.
#
# An SMS must fit into one segment with the longest parameters, which a test proves. Write
# correct French here: what the GSM alphabet lacks (ç, ê, œ, the typographic apostrophe and
# spaces) is replaced on the way out.

declaration-filed =
    .sms = { $fund } : { $short } du { $quarter } déposée, { $staff }, { $amount } de cotisations. Récépissé { $receipt }.
    .subject = Déclaration du { $quarter } déposée
    .body =
        Bonjour { $holder },

        La { $declaration } du { $quarter } est déposée.

        Numéro du récépissé : { $receipt }
        Effectif déclaré : { $staff }
        Cotisations dues : { $amount }

        Le détail par mois et par branche, avec les échéances, se trouve dans votre compte cotisant.

        { $fund }

declaration-corrected =
    .sms = { $fund } : { $short } du { $quarter } rectifiée, cotisations { $difference }. Récépissé { $receipt }.
    .subject = Déclaration du { $quarter } rectifiée
    .body =
        Bonjour { $holder },

        La { $declaration } du { $quarter } est rectifiée.

        Numéro du récépissé : { $receipt }
        Différence de cotisations : { $difference }

        La déclaration précédente reste consultable ; seule la différence est portée à votre compte cotisant.

        { $fund }

payment-received =
    .sms = { $fund } : paiement de { $amount } reçu, référence { $reference }. Quittance { $receipt }.
    .subject = Paiement reçu, quittance { $receipt }
    .body =
        Bonjour { $holder },

        Votre paiement est arrivé et porté à votre compte cotisant.

        Montant : { $amount }
        Référence du paiement : { $reference }
        Numéro de la quittance : { $receipt }

        Le paiement est imputé aux dettes les plus anciennes d'abord ; le détail se trouve dans votre compte cotisant.

        { $fund }

code =
    .sms = { $fund } : votre code est { $secret }, valable { $life }. Ne le donnez à personne : la caisse ne le demande jamais.
    .subject = Votre code de vérification
    .body =
        { $greeting }

        Votre code de vérification : { $secret }

        Il est valable { $life }. Si vous n'avez rien demandé, ignorez ce message.

        La caisse ne demande jamais ce code ni votre mot de passe, ni par téléphone, ni par e-mail, ni sur les réseaux sociaux.

        { $fund }

account-opened =
    .sms = { $fund } : votre compte est ouvert. Connectez-vous avec votre identifiant et votre mot de passe.
    .subject = Votre compte est ouvert
    .body =
        { $greeting }

        Votre compte des services en ligne est ouvert. Vous pouvez vous connecter.

        La caisse ne demande jamais votre mot de passe, ni par téléphone, ni par e-mail, ni sur les réseaux sociaux.

        { $fund }

account-waiting =
    .sms = { $fund } : votre compte est créé. Un message vous dira quand il sera activé.
    .subject = Votre compte est créé
    .body =
        { $greeting }

        Votre compte des services en ligne est créé. Un agent de la caisse l'examine ; un message vous dira quand il sera activé.

        La caisse ne demande jamais votre mot de passe, ni par téléphone, ni par e-mail, ni sur les réseaux sociaux.

        { $fund }

account-activated =
    .sms = { $fund } : votre compte est activé. Vous pouvez vous connecter.
    .subject = Votre compte est activé
    .body =
        { $greeting }

        Votre compte des services en ligne est activé. Votre identifiant : { $login }

        La caisse ne demande jamais votre mot de passe, ni par téléphone, ni par e-mail, ni sur les réseaux sociaux.

        { $fund }

first-password =
    .sms = { $fund } : identifiant { $told }, mot de passe provisoire { $secret }, valable { $life }. À changer à la première connexion.
    .subject = Vos identifiants d'accès
    .body =
        { $greeting }

        Votre identifiant : { $login }

        Votre mot de passe provisoire : { $secret }

        Il est valable { $life }, et il vous sera demandé de le changer à la première connexion. Passé ce délai, choisissez-en un autre avec « Mot de passe oublié ».

        La caisse ne demande jamais votre mot de passe, ni par téléphone, ni par e-mail, ni sur les réseaux sociaux.

        { $fund }

sign-up-impossible =
    .sms = { $fund } : ouverture impossible avec ces informations. Vérifiez-les ou passez à un guichet de la caisse.
    .subject = Ouverture de compte impossible
    .body =
        { $greeting }

        Aucun compte n'a pu être ouvert avec les informations saisies.

        Si vous avez déjà un compte, connectez-vous ou choisissez « Mot de passe oublié ». Sinon, vérifiez les informations et recommencez, ou adressez-vous à un guichet de la caisse avec une pièce d'identité.

        Si vous n'avez rien demandé, ignorez ce message.

        { $fund }

somebody-signs-up =
    .sms = { $fund } : quelqu'un tente d'ouvrir un compte à votre nom. Si ce n'est pas vous, prévenez la caisse.
    .subject = Tentative d'inscription à votre nom
    .body =
        { $greeting }

        Quelqu'un a tenté d'ouvrir un compte avec vos informations. Votre compte n'a pas changé.

        Si c'était vous, connectez-vous avec votre compte, ou choisissez « Mot de passe oublié ». Sinon, prévenez la caisse.

        La caisse ne demande jamais votre mot de passe, ni par téléphone, ni par e-mail, ni sur les réseaux sociaux.

        { $fund }

password-changed =
    .sms = { $fund } : votre mot de passe a changé et toutes vos connexions sont fermées. Si ce n'est pas vous, prévenez la caisse.
    .subject = Votre mot de passe a changé
    .body =
        { $greeting }

        Le mot de passe de votre compte vient d'être changé, et toutes vos connexions sont fermées.

        Si ce n'est pas vous, bloquez votre compte et prévenez la caisse aussitôt.

        { $fund }

contact-changed =
    .sms = { $fund } : le téléphone ou l'e-mail de votre compte a changé. Si ce n'est pas vous, prévenez la caisse.
    .subject = Vos coordonnées ont changé
    .body =
        { $greeting }

        Le téléphone ou l'adresse e-mail de votre compte vient d'être changé. Ce message est envoyé à l'ancienne adresse.

        Si ce n'est pas vous, bloquez votre compte et prévenez la caisse aussitôt.

        { $fund }

account-blocked =
    .sms = { $fund } : votre compte est bloqué et toutes vos connexions sont fermées. Un agent peut le débloquer au guichet.
    .subject = Votre compte est bloqué
    .body =
        { $greeting }

        Votre compte est bloqué et toutes vos connexions sont fermées.

        Pour le débloquer, adressez-vous à un guichet de la caisse avec une pièce d'identité.

        { $fund }

account-unblocked =
    .sms = { $fund } : votre compte est débloqué. Changez votre mot de passe à la prochaine connexion.
    .subject = Votre compte est débloqué
    .body =
        { $greeting }

        Un agent a débloqué votre compte. Il vous sera demandé de changer votre mot de passe à la prochaine connexion.

        La caisse ne demande jamais votre mot de passe, ni par téléphone, ni par e-mail, ni sur les réseaux sociaux.

        { $fund }

second-factor-taken =
    .sms = { $fund } : votre second facteur est retiré. Si vous ne l'avez pas demandé, prévenez un administrateur.
    .subject = Votre second facteur est retiré
    .body =
        { $greeting }

        Un administrateur a retiré votre second facteur, et toutes vos connexions sont fermées. À la prochaine connexion, il vous sera demandé d'en mettre un autre en place ; les anciens codes de secours ne servent plus.

        Si vous ne l'avez pas demandé, ne vous contentez pas de vous reconnecter : prévenez un administrateur aussitôt.

        { $fund }

second-factor-replaced =
    .sms = { $fund } : votre second facteur a été remplacé. Si ce n'est pas vous, prévenez un administrateur.
    .subject = Votre second facteur a été remplacé
    .body =
        { $greeting }

        Un autre second facteur vient d'être mis en place pour votre compte, avec de nouveaux codes de secours. L'ancien et ses codes ne servent plus.

        Si ce n'est pas vous, bloquez votre compte et prévenez un administrateur aussitôt.

        { $fund }

mandate-offered =
    .sms = { $fund } : une entreprise vous donne un mandat. Connectez-vous à votre compte pour l'accepter.
    .subject = Un mandat vous est proposé
    .body =
        { $greeting }

        L'entreprise { $company } vous propose d'agir pour elle auprès de la caisse.

        Connectez-vous avec le compte de cette adresse pour l'accepter, dans les quatorze jours. Sans réponse, la proposition s'éteint.

        { $fund }

mandate-accepted =
    .sms = { $fund } : le mandat que vous avez donné est accepté. Vous pouvez le retirer à tout moment.
    .subject = Votre mandat est accepté
    .body =
        { $greeting }

        Le mandat que vous avez donné est accepté. Vous pouvez le retirer à tout moment depuis votre espace.

        { $fund }

mandate-withdrawn =
    .sms = { $fund } : un mandat qui vous était donné est retiré.
    .subject = Un mandat est retiré
    .body =
        { $greeting }

        Un mandat qui vous était donné est retiré. Vous ne pouvez plus agir pour cette entreprise.

        { $fund }

# Parts of sentences.

life-hours =
    { $number ->
        [one] { $number } heure
       *[other] { $number } heures
    }

life-minutes =
    { $number ->
        [one] { $number } minute
       *[other] { $number } minutes
    }

quarter =
    { $number ->
        [1] 1er trimestre { $year }
       *[other] { $number }e trimestre { $year }
    }

staff =
    { $number ->
        [one] { $count } travailleur
       *[other] { $count } travailleurs
    }
