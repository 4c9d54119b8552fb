# What the fund tells people, in French. One message for each key of cnss_core::notice::Message,
# with three attributes: the SMS, and the subject and body of the e-mail.
#
# An SMS must fit into one segment with the longest parameters, which a test proves. Write
# correct French here: what the GSM alphabet lacks (ç, ê, œ, the typographic apostrophe and
# spaces) is replaced on the way out.

declaration-filed =
    .sms = { $fund } : DNR du { $quarter } déposée, { $staff }, { $amount } de cotisations. Récépissé { $receipt }.
    .subject = Déclaration du { $quarter } déposée
    .body =
        Bonjour { $holder },

        La déclaration nominative des rémunérations du { $quarter } est déposée.

        Numéro du récépissé : { $receipt }
        Effectif déclaré : { $staff }
        Cotisations dues : { $amount }

        Le détail par mois et par branche, avec les échéances, se trouve dans votre compte cotisant.

        { $fund }

declaration-corrected =
    .sms = { $fund } : DNR du { $quarter } rectifiée, cotisations { $difference }. Récépissé { $receipt }.
    .subject = Déclaration du { $quarter } rectifiée
    .body =
        Bonjour { $holder },

        La déclaration nominative des rémunérations du { $quarter } est rectifiée.

        Numéro du récépissé : { $receipt }
        Différence de cotisations : { $difference }

        La déclaration précédente reste consultable ; seule la différence est portée à votre compte cotisant.

        { $fund }

payment-received =
    .sms = { $fund } : paiement de { $amount } reçu, référence { $reference }. Quittance { $receipt }.
    .subject = Paiement reçu, quittance { $receipt }
    .body =
        Bonjour { $holder },

        Votre paiement est arrivé et porté à votre compte cotisant.

        Montant : { $amount }
        Référence du paiement : { $reference }
        Numéro de la quittance : { $receipt }

        Le paiement est imputé aux dettes les plus anciennes d'abord ; le détail se trouve dans votre compte cotisant.

        { $fund }

# Parts of sentences.

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
