//! What the portal's program does besides serving: making the books, checking them, showing what waits in
//! them, copying them, bringing a copy back, making an administrator.
//!
//! Each ends with 0 when all is well, with 1 when something is wrong with the books, and with 2 when
//! it could not be done at all. The one rule to remember: none of them writes into books that are
//! there, but `migrate` their tables and `administrator` one account.

mod administrator;
mod check;
mod copy;
mod disputes;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cnss_core::fund::Fund;
use cnss_store::{OpenError, Options, SqlStore};

use crate::opening::cannot_open;
use crate::settings::{DatabaseUrl, Settings};

const HELP: &str = "{about}\n\nUtilisation : {usage}\n\nOptions :\n{options}\n";
const FILE_HELP: &str =
    "{about}\n\nUtilisation : {usage}\n\nÀ donner :\n{positionals}\n\nOptions :\n{options}\n";

/// What is asked of the program.
#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum Command {
    /// Contrôle les livres : fichier, clés, écritures, soldes, piste d'audit
    #[command(
        help_template = HELP,
        override_usage = "cnss-portal check [OPTIONS]",
    )]
    Check {
        /// Un scellé gardé ailleurs, à comparer ; peut être répété
        #[arg(long = "seal", value_name = "NUMÉRO:EMPREINTE")]
        seals: Vec<String>,
    },
    /// Fait des livres vides s'il n'y en a pas, et met leurs tables à la version de ce programme
    #[command(
        help_template = HELP,
        override_usage = "cnss-portal migrate [OPTIONS]",
    )]
    Migrate,
    /// Montre l'argent annoncé par une banque qu'un agent doit voir, crédité ou non, dans l'ordre d'arrivée
    #[command(
        help_template = HELP,
        override_usage = "cnss-portal disputes [OPTIONS]",
    )]
    Disputes {
        /// Tourne la page : montre la suite, après ce numéro (ne pas le garder : un numéro plus petit peut arriver après)
        #[arg(long, value_name = "NUMÉRO", default_value_t = 0, hide_default_value = true)]
        after: i64,
    },
    /// Crée un administrateur, quand il n'y en a pas encore ou qu'aucun ne peut plus se connecter
    #[command(
        help_template = FILE_HELP,
        override_usage = "cnss-portal administrator [OPTIONS] <E-MAIL> <NOM>"
    )]
    Administrator {
        /// Son adresse e-mail, qui est son identifiant
        #[arg(value_name = "E-MAIL")]
        email: String,
        /// Son nom, entre guillemets
        #[arg(value_name = "NOM")]
        name: String,
    },
    /// Copie les livres (SQLite) dans un fichier neuf, même pendant que le portail sert
    #[command(
        help_template = FILE_HELP,
        override_usage = "cnss-portal backup [OPTIONS] <FICHIER>"
    )]
    Backup {
        /// Le fichier à faire ; il ne doit pas exister
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
    },
    /// Remet une copie à la place des livres, s'il n'y en a pas
    #[command(
        help_template = FILE_HELP,
        override_usage = "cnss-portal restore [OPTIONS] <FICHIER>"
    )]
    Restore {
        /// La copie
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
    },
}

/// Why a command could not be carried out; each says what to do.
#[derive(Debug, thiserror::Error)]
enum Cannot {
    #[error("les règles de la caisse ne se chargent pas : {0}")]
    Fund(#[from] cnss_core::fund::FundError),
    #[error("{}", cannot_open(.0))]
    Open(#[from] OpenError),
    #[error("les livres ne peuvent pas être lus : {0}")]
    Read(#[from] cnss_core::port::StoreError),
    #[error("{}", cannot_copy(.0))]
    Copy(#[from] cnss_store::CopyError),
    #[error(
        "« {0} » : on attend un numéro, deux-points et 64 signes hexadécimaux, comme dans le journal du portail"
    )]
    Seal(String),
    #[error("{0} : il y a déjà des livres à cet endroit ; ils ne sont pas remplacés. Déplacez-les d'abord.")]
    BooksThere(DatabaseUrl),
    #[error(
        "{0} : ces livres sont sur un serveur ; employez pg_dump et pg_restore (voir docs/operations.md)"
    )]
    Server(DatabaseUrl),
    #[error("« {0} » : on attend une adresse e-mail, par exemple nom@cnss.example")]
    Email(String),
    #[error("on attend le nom de l'administrateur, de 120 caractères au plus, par exemple \"Afi Lawson\"")]
    Name,
    #[error("{0} : c'est déjà l'identifiant d'un compte ; donnez une autre adresse")]
    LoginTaken(String),
    #[error("l'administrateur n'est pas créé : {0}")]
    Administrator(cnss_core::desk::DeskError),
    #[error("le mot de passe provisoire ne peut pas être préparé : {0}")]
    Password(String),
    #[error("la copie a des anomalies : elle n'est pas remise en place")]
    FaultyCopy,
}

fn cannot_copy(error: &cnss_store::CopyError) -> String {
    use cnss_store::CopyError;
    match error {
        CopyError::Server => {
            "ces livres sont sur un serveur ; employez pg_dump (voir docs/operations.md)".to_owned()
        }
        CopyError::Exists(path) => {
            format!(
                "« {} » : ce fichier existe ; il n'est pas remplacé. Choisissez un autre nom.",
                path.display()
            )
        }
        CopyError::System(path, cause) => {
            format!("« {} » : la copie n'est pas faite ({cause})", path.display())
        }
        CopyError::Store(cause) => format!("la copie n'est pas faite : {cause}"),
    }
}

/// Carries a command out, and tells how it went.
pub async fn run(command: &Command, settings: &Settings) -> ExitCode {
    match carry_out(command, settings).await {
        Ok(report) => {
            tell(&report.text);
            if report.faults == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(error) => {
            // Nobody may be left to read it; the code says the same.
            let _ = writeln!(std::io::stderr(), "cnss-portal : {error}");
            ExitCode::from(2)
        }
    }
}

async fn carry_out(command: &Command, settings: &Settings) -> Result<Report, Cannot> {
    let (url, fund) = (&settings.database_url, Fund::builtin(settings.fund)?);
    match command {
        Command::Check { seals } => check::check(url, &fund, seals).await,
        Command::Migrate => migrate(url, &fund).await,
        Command::Disputes { after } => disputes::disputes(url, &fund, *after).await,
        Command::Administrator { email, name } => administrator::administrator(url, fund, email, name).await,
        Command::Backup { file } => copy::backup(url, &fund, file).await,
        Command::Restore { file } => copy::restore(url, &fund, file).await,
    }
}

fn tell(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// What a command says at its end.
#[derive(Debug, Default)]
struct Report {
    text: String,
    faults: u64,
}

impl Report {
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }
}

/// Makes the books, or brings their tables to this version, as somebody who may do so.
async fn migrate(url: &DatabaseUrl, fund: &Fund) -> Result<Report, Cannot> {
    cnss_store::open(url.as_str(), Options::new(fund.currency).connections(1)).await?.close().await;
    let mut report = Report::default();
    report.line(format!("Livres à la version de ce programme : {url}"));
    Ok(report)
}

/// Opens books only to look at them.
async fn look(url: &str, fund: &Fund) -> Result<SqlStore, Cannot> {
    Ok(cnss_store::open(url, Options::new(fund.currency).connections(2).only_read()).await?)
}

fn url_of(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}
