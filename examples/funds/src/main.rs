//! The jurist's tool (cnss-funds): starts a fund's folder, checks it, runs its situations, compares
//! two states of the law, and tries its situations by mutation. It reads, asks the core, and
//! says it in French: no rule is here.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal speaks to it")]

/// A line for the jurist: French signs keep to their words, also in what a fund's files say.
macro_rules! say {
    ($($told:tt)*) => {
        println!("{}", crate::words::spaced(&format!($($told)*)))
    };
}

mod check;
mod diff;
mod folder;
mod mutate;
mod start;
mod trial;
mod words;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::diff::State;

const HELP: &str = "{about-with-newline}\nUsage : {usage}\n\n{all-args}";

/// Dossiers de caisse : les commencer, les vérifier, les comparer. Une caisse livrée avec le
/// programme se nomme builtin:tg.
#[derive(Parser)]
#[command(
    name = "cnss-funds",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    help_template = HELP,
    subcommand_help_heading = "Ordres",
    subcommand_value_name = "ORDRE",
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true
)]
struct Arguments {
    #[command(subcommand)]
    order: Order,
    /// Affiche cette aide
    #[arg(long, short, global = true, action = clap::ArgAction::Help, help_heading = "Options")]
    help: Option<bool>,
    /// Affiche la version
    #[arg(long, short = 'V', action = clap::ArgAction::Version, help_heading = "Options")]
    version: Option<bool>,
}

#[derive(Subcommand)]
enum Order {
    /// Écrit une petite caisse, saine et commentée, d'où partir
    #[command(help_template = HELP, next_help_heading = "Options")]
    New {
        /// Le dossier, qui n'existe pas encore ou qui est vide
        #[arg(value_name = "DOSSIER", help_heading = "À donner")]
        folder: String,
        /// Le code de la caisse
        #[arg(long, value_name = "CODE", default_value = "xx", hide_default_value = true)]
        code: String,
        /// Le nom de la caisse
        #[arg(long, value_name = "NOM", default_value = "Ma caisse", hide_default_value = true)]
        name: String,
        /// La monnaie et le nombre de ses décimales : XOF:0 (sans l'option), MAD:2, TND:3
        #[arg(long, value_name = "MONNAIE", default_value = "XOF:0", hide_default_value = true)]
        currency: String,
    },
    /// Cherche les défauts, puis ce qui mérite un regard
    #[command(help_template = HELP, next_help_heading = "Options")]
    Check {
        /// Le dossier, ou builtin:CODE
        #[arg(value_name = "DOSSIER", help_heading = "À donner")]
        folder: String,
    },
    /// Joue les cas pratiques du dossier
    #[command(help_template = HELP, next_help_heading = "Options")]
    Test {
        /// Le dossier, ou builtin:CODE
        #[arg(value_name = "DOSSIER", help_heading = "À donner")]
        folder: String,
    },
    /// Dit ce qui change d'un état de la loi à l'autre, quand, et pour quels cas
    #[command(help_template = HELP, next_help_heading = "Options")]
    Diff {
        /// L'ancien dossier, ou builtin:CODE
        #[arg(value_name = "ANCIEN", help_heading = "À donner")]
        old: String,
        /// Le nouveau dossier ; sans lui, le même, à d'autres jours
        #[arg(value_name = "NOUVEAU", help_heading = "À donner")]
        new: Option<String>,
        /// L'ancien côté, sans les lignes qui commencent après ce jour (2024-12-31)
        #[arg(long, value_name = "JOUR")]
        old_law_at: Option<String>,
        /// L'ancien côté, tel qu'on le connaissait ce jour-là
        #[arg(long, value_name = "JOUR")]
        old_known_at: Option<String>,
        /// Le nouveau côté, sans les lignes qui commencent après ce jour
        #[arg(long, value_name = "JOUR")]
        new_law_at: Option<String>,
        /// Le nouveau côté, tel qu'on le connaissait ce jour-là
        #[arg(long, value_name = "JOUR")]
        new_known_at: Option<String>,
    },
    /// Change les valeurs une à une : les cas pratiques doivent s'en apercevoir
    #[command(help_template = HELP, next_help_heading = "Options")]
    Mutate {
        /// Le dossier, ou builtin:CODE
        #[arg(value_name = "DOSSIER", help_heading = "À donner")]
        folder: String,
        /// Le pourcentage de changements qui doivent être aperçus : 95 sans l'option
        #[arg(long, value_name = "POURCENTAGE", default_value_t = 95, hide_default_value = true,
            value_parser = clap::value_parser!(u16).range(0..=100))]
        least: u16,
    },
}

/// What was done: 0 when all is well, 1 when the fund has faults, 2 when it could not be read or the
/// order was not understood.
enum Outcome {
    Well,
    Faulty,
}

fn main() -> ExitCode {
    let order = match Arguments::try_parse() {
        Ok(arguments) => arguments.order,
        Err(error) => return misunderstood(&error),
    };
    let done = match order {
        Order::New { folder, code, name, currency } => start::run(&folder, &code, &name, &currency),
        Order::Check { folder } => check::run(&folder),
        Order::Test { folder } => trial::run(&folder),
        Order::Diff { old, new, old_law_at, old_known_at, new_law_at, new_known_at } => {
            let state = |folder, law_at: Option<String>, known_at: Option<String>| {
                State::of(folder, law_at.as_deref(), known_at.as_deref())
            };
            let new = new.as_deref().unwrap_or(&old);
            state(&old, old_law_at, old_known_at)
                .and_then(|before| Ok((before, state(new, new_law_at, new_known_at)?)))
                .and_then(|(before, after)| diff::run(&before, &after))
        }
        Order::Mutate { folder, least } => mutate::run(&folder, least),
    };
    match done {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::Faulty) => ExitCode::from(1),
        Err(problem) => {
            eprintln!("{}", words::spaced(&problem));
            ExitCode::from(2)
        }
    }
}

/// Help and version are what was asked for; anything else is told in a sentence.
fn misunderstood(error: &clap::Error) -> ExitCode {
    use clap::error::ContextKind::{InvalidArg, InvalidSubcommand, InvalidValue};
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if asked || help {
        print!("{}", words::spaced(&error.to_string()));
        return if asked { ExitCode::SUCCESS } else { ExitCode::from(2) };
    }
    let part = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let problem = match error.kind() {
        ErrorKind::InvalidSubcommand => format!("« {} » n'est pas un ordre.", part(InvalidSubcommand)),
        ErrorKind::UnknownArgument => format!("« {} » n'est pas attendu ici.", part(InvalidArg)),
        ErrorKind::MissingRequiredArgument => format!("Il manque {}.", part(InvalidArg)),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("« {} » ne convient pas pour {}.", part(InvalidValue), part(InvalidArg))
        }
        _ => "La commande n'est pas comprise.".to_owned(),
    };
    eprintln!("{} cnss-funds --help dit comment l'écrire.", words::spaced(&problem));
    ExitCode::from(2)
}
