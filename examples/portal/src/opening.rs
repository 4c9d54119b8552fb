//! Why the books cannot be opened, in words for whoever runs the portal, each with what to do.

use cnss_store::{KeptIn, OpenError, Trouble};

/// The words for an error.
pub fn cannot_open(error: &OpenError) -> String {
    match error {
        OpenError::Missing { path } => {
            format!("{path} : il n'y a pas de livres à cet endroit ; vérifiez l'adresse, et que le disque est là. Pour des livres neufs : cnss-portal migrate, ou --demo oui pour la démonstration")
        }
        OpenError::Engine(scheme) => {
            format!("{scheme} : les livres sont dans SQLite ou dans PostgreSQL ; donnez sqlite:CHEMIN ou postgres://UTILISATEUR@MACHINE/BASE")
        }
        OpenError::Address => {
            "l'adresse du serveur PostgreSQL ne se lit pas ; donnez postgres://UTILISATEUR:MOT_DE_PASSE@MACHINE:PORT/BASE".to_owned()
        }
        OpenError::Server { place, cause } => {
            format!("PostgreSQL ne répond pas à l'adresse {place} ({cause}) ; vérifiez qu'il tourne, le nom de la base, l'utilisateur et le mot de passe")
        }
        OpenError::File { path, cause } => {
            format!("{path} : le fichier ne s'ouvre pas ({cause}) ; {}", advice(error.trouble()))
        }
        OpenError::Currency { kept, asked } => {
            // The decimals are named where nothing else tells the two apart.
            let same = kept.currency == asked.currency;
            let name = |one: &KeptIn| if same { with_decimals(one) } else { one.currency.clone() };
            let (kept, asked) = (name(kept), name(asked));
            format!("ces livres sont ceux d'une autre caisse : ils sont tenus en {kept}, et la caisse demandée compte en {asked} ; nommez la bonne caisse (--fund) ou d'autres livres (--database-url)")
        }
        OpenError::Schema { path, cause } => match error.trouble() {
            Trouble::Version => {
                format!("{path} : les livres ne sont pas de cette version du programme ({cause}) ; employez celle qui les a écrits, ou remettez une copie")
            }
            trouble => {
                format!("{path} : les tables ne se lisent pas, ou ne peuvent pas être mises à jour ({cause}) ; {}", advice(trouble))
            }
        },
    }
}

fn with_decimals(one: &KeptIn) -> String {
    match one.decimals {
        0 => format!("{} sans décimale", one.currency),
        1 => format!("{} à 1 décimale", one.currency),
        many => format!("{} à {many} décimales", one.currency),
    }
}

const fn advice(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Place => "vérifiez que le dossier existe et que le portail peut y écrire",
        Trouble::ReadOnly => {
            "le portail ne peut pas y écrire : vérifiez les droits du fichier et de son dossier"
        }
        Trouble::Damaged => {
            "le fichier est abîmé ou n'est pas celui des livres : mettez-le de côté et remettez la dernière copie (cnss-portal restore)"
        }
        Trouble::Locked => "un autre programme le tient : arrêtez-le, puis recommencez",
        Trouble::Disk => "le disque est plein ou n'obéit pas : faites de la place, puis recommencez",
        Trouble::Standby => {
            "le serveur est en lecture seule (un secours ?) : donnez l'adresse de celui qui écrit"
        }
        Trouble::Rights => {
            "l'utilisateur n'a pas ces droits : avec le propriétaire des tables, lancez cnss-portal migrate (voir docs/operations.md)"
        }
        Trouble::Away => "le serveur ne répond plus : vérifiez qu'il tourne, puis recommencez",
        Trouble::Version | Trouble::Other => "vérifiez le disque, puis les livres avec cnss-portal check",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_of_another_currency_are_named_and_so_are_other_decimals() {
        let kept = |currency: &str, decimals| KeptIn { currency: currency.to_owned(), decimals };
        for (kept, asked, told) in [
            (kept("MAD", 2), kept("DJF", 0), "tenus en MAD, et la caisse demandée compte en DJF ;"),
            (
                kept("XOF", 0),
                kept("XOF", 2),
                "tenus en XOF sans décimale, et la caisse demandée compte en XOF à 2 décimales ;",
            ),
        ] {
            let said = cannot_open(&OpenError::Currency { kept, asked });
            assert!(said.contains(told), "{said}");
        }
    }
}
