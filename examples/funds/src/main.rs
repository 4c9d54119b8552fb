//! The jurist's tool (cnss-funds): starts a fund's folder, checks it, runs its situations, compares
//! two states of the law, and tries its situations by mutation. It reads, asks the core, and
//! says it in French: no rule is here.
#![expect(clippy::print_stdout, reason = "a program for the terminal speaks to it")]

mod check;
mod diff;
mod folder;
mod mutate;
mod start;
mod trial;
mod words;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Dossiers de caisse : les commencer, les vérifier, les comparer. Une caisse livrée avec le
/// programme se nomme builtin:tg.
#[derive(Parser)]
#[command(name = "cnss-funds", version, subcommand_required = true, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    order: Order,
}

#[derive(Subcommand)]
enum Order {
    /// Écrit une petite caisse, saine et commentée, d'où partir
    New {
        /// Le dossier, qui n'existe pas encore ou qui est vide
        folder: String,
        /// Le code de la caisse
        #[arg(long, default_value = "xx")]
        code: String,
        /// Le nom de la caisse
        #[arg(long, default_value = "Ma caisse")]
        name: String,
        /// La monnaie et le nombre de ses décimales
        #[arg(long, default_value = "XOF:0")]
        currency: String,
    },
    /// Cherche les défauts, puis ce qui mérite un regard
    Check {
        /// Le dossier, ou builtin:<code>
        folder: String,
    },
    /// Joue les cas pratiques du dossier
    Test {
        /// Le dossier, ou builtin:<code>
        folder: String,
    },
    /// Dit ce qui change d'un état de la loi à l'autre, quand, et pour quels cas
    Diff {
        /// L'ancien dossier, ou builtin:<code>
        old: String,
        /// Le nouveau dossier, ou builtin:<code>
        new: String,
    },
    /// Change les valeurs une à une : les cas pratiques doivent s'en apercevoir
    Mutate {
        /// Le dossier, ou builtin:<code>
        folder: String,
        /// Le pourcentage de changements qui doivent être aperçus
        #[arg(long, default_value_t = 95, value_parser = clap::value_parser!(u16).range(0..=100))]
        least: u16,
    },
}

/// What was done: 0 when all is well, 1 when the fund has faults, 2 when it could not be read.
enum Outcome {
    Well,
    Faulty,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().order {
        Order::New { folder, code, name, currency } => start::run(&folder, &code, &name, &currency),
        Order::Check { folder } => check::run(&folder),
        Order::Test { folder } => trial::run(&folder),
        Order::Diff { old, new } => diff::run(&old, &new),
        Order::Mutate { folder, least } => mutate::run(&folder, least),
    };
    match done {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::Faulty) => ExitCode::from(1),
        Err(problem) => {
            println!("{problem}");
            ExitCode::from(2)
        }
    }
}
