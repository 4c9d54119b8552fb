//! The command line: its options, its help, and what its reader says, in French.

use std::path::PathBuf;

use clap::error::{ContextKind, ErrorKind};

use super::Stop;
use crate::command::Command;

const TEMPLATE: &str = "{about}\n\nUtilisation : {usage}\n\nCommandes (sans commande, le portail sert) :\n{subcommands}\n\nOptions :\n{options}{after-help}\n";
const AFTER: &str = "\
Une option l'emporte sur la variable d'environnement, qui l'emporte sur le fichier.
Le fichier est en TOML et connaît les clés fund, listen, database_url, database_connections, demo,
public_url, log, log_format, metrics_listen, courier, code_key_file et proxies :

    listen = \"127.0.0.1:8080\"
    database_url = \"sqlite:cnss.sqlite\"
    demo = false

Une banque annonce ses paiements avec un secret de 32 caractères au moins, connu d'elle et de vous
(deux, séparés par une espace, pendant qu'on le remplace) : variable CNSS_BANK_BTCI_SECRET, ou dans le
fichier

    [banks.btci]
    secret = \"…\"

Les passerelles par lesquelles partent SMS et e-mails sont la table [post] du fichier : [post.smpp]
(un opérateur) ou [post.http] (une passerelle), et [post.smtp]. Leurs secrets sont des variables, que la
table nomme. Sans elles les avis attendent. Voir docs/operations.md.

La clé des codes (64 signes hexadécimaux) est la variable CNSS_CODE_KEY, ou un fichier que son
propriétaire seul peut lire (code_key_file). Sans l'une ni l'autre, elle est tirée une fois et gardée à
côté des livres SQLite ; avec PostgreSQL il faut la donner, la même à tous les portails. Un poivre
(variable CNSS_PEPPER, de la même forme) est mêlé aux mots de passe ; perdu, aucun n'est plus juste.";

/// The command line. Values are text here: they are read by the same rules wherever they stand.
#[derive(Debug, Default, clap::Parser)]
#[command(
    name = "cnss-portal",
    version,
    about = "Portail de la CNSS : espace employeur, espace assuré, simulateur de pension.",
    after_help = AFTER,
    help_template = TEMPLATE,
    override_usage = "cnss-portal [OPTIONS] [COMMANDE]",
    disable_help_flag = true,
    disable_help_subcommand = true,
    disable_version_flag = true,
    args_override_self = true
)]
pub(super) struct Flags {
    /// Caisse servie : tg, ma, dj ou example [variable : CNSS_FUND] [par défaut : tg]
    #[arg(long, global = true, value_name = "CODE")]
    pub(super) fund: Option<String>,
    /// Adresse d'écoute [variable : CNSS_LISTEN] [par défaut : 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADRESSE:PORT")]
    pub(super) listen: Option<String>,
    /// Base de données, sqlite:FICHIER ou postgres://… [variable : CNSS_DATABASE_URL] [par défaut : sqlite:cnss.sqlite]
    #[arg(long, global = true, value_name = "URL")]
    pub(super) database_url: Option<String>,
    /// Connexions à la base, au plus [variable : CNSS_DATABASE_CONNECTIONS] [par défaut : 8]
    #[arg(long, global = true, value_name = "NOMBRE")]
    pub(super) database_connections: Option<String>,
    /// Données fictives de démonstration : oui ou non [variable : CNSS_DEMO] [par défaut : oui, ou non quand la base est dite]
    #[arg(long, global = true, value_name = "OUI|NON", num_args = 0..=1, default_missing_value = "oui")]
    pub(super) demo: Option<String>,
    /// Adresse publique du portail ; en https, les cookies sont sécurisés [variable : CNSS_PUBLIC_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub(super) public_url: Option<String>,
    /// Journal : error, warn, info, debug, trace, ou un filtre [variable : CNSS_LOG] [par défaut : info]
    #[arg(long, global = true, value_name = "NIVEAU")]
    pub(super) log: Option<String>,
    /// Forme du journal : texte ou json [variable : CNSS_LOG_FORMAT] [par défaut : texte]
    #[arg(long, global = true, value_name = "FORME")]
    pub(super) log_format: Option<String>,
    /// Adresse des mesures pour Prometheus, à ne pas ouvrir au public [variable : CNSS_METRICS_LISTEN] [par défaut : aucune]
    #[arg(long, global = true, value_name = "ADRESSE:PORT")]
    pub(super) metrics_listen: Option<String>,
    /// Qui porte SMS et e-mails : passerelles (table « post » du fichier), journal ou aucun [variable : CNSS_COURIER] [par défaut : passerelles, si la table est là]
    #[arg(long, global = true, value_name = "QUI")]
    pub(super) courier: Option<String>,
    /// Fichier de la clé des codes, lisible de son seul propriétaire [variable : CNSS_CODE_KEY_FILE] [par défaut : à côté des livres SQLite]
    #[arg(long, global = true, value_name = "FICHIER")]
    pub(super) code_key_file: Option<String>,
    /// Serveurs mandataires de la caisse devant le portail, dont X-Forwarded-For est cru [variable : CNSS_PROXIES] [par défaut : 0]
    #[arg(long, global = true, value_name = "NOMBRE")]
    pub(super) proxies: Option<String>,
    /// Fichier de configuration [variable : CNSS_CONFIG] [par défaut : cnss.toml, s'il existe]
    #[arg(long, global = true, value_name = "FICHIER")]
    pub(super) config: Option<PathBuf>,
    /// Affiche cette aide
    #[arg(short = 'h', long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Affiche la version
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
    /// What is asked besides serving.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What the command line's reader says, in French.
pub(super) fn fault(error: &clap::Error) -> Stop {
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let given = context(ContextKind::InvalidArg);
    let fault = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return Stop::Shown(error.render().to_string()),
        ErrorKind::UnknownArgument => match context(ContextKind::SuggestedArg) {
            near if near.is_empty() => format!("option inconnue « {given} »"),
            near => format!("option inconnue « {given} » ; vouliez-vous dire « {near} » ?"),
        },
        ErrorKind::InvalidValue | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("il manque une valeur à l'option « {given} »")
        }
        ErrorKind::InvalidSubcommand => {
            let given = context(ContextKind::InvalidSubcommand);
            format!(
                "commande inconnue « {given} » (commandes connues : check, migrate, disputes, administrator, backup, restore)"
            )
        }
        ErrorKind::MissingRequiredArgument => format!("il manque {given}"),
        ErrorKind::InvalidUtf8 => "la ligne de commande n'est pas du texte UTF-8".to_owned(),
        _ => "la ligne de commande n'est pas comprise".to_owned(),
    };
    Stop::Faults(vec![fault])
}
