//! How fast the books are, each time beside a bare program in the same run on the same disk, with a
//! wait for the disk at every commit; what a whole country weighs in
//! them; and what a storm of logins does to other pages.
//!
//! `cargo run --release -p cnss-load -- payments`. The one rule to remember: a figure without its bare
//! neighbour says something about the machine, not about the books.
#![expect(clippy::print_stdout, reason = "the figures are what it is run for")]

mod bare;
mod books;
mod country;
mod declaration;
mod http;
mod logins;
mod payments;
mod reads;
mod rush;

use clap::{Parser, Subcommand};

/// Whatever goes wrong ends the run.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
#[command(about)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Payments on PostgreSQL: desk and HTTP, beside bare statements
    Payments(Measure),
    /// Payments on SQLite beside single bare commits
    Commits(Measure),
    /// One employer's row read over HTTP beside a bare handler
    Reads(Measure),
    /// A whole country in both engines: how long it takes to write, and what page 10,000 of each list
    /// costs beside page 1
    Country {
        /// Insured persons
        #[arg(long, default_value_t = 100_000)]
        insured: u32,
        /// Employers
        #[arg(long, default_value_t = 5_000)]
        employers: u32,
        /// Months of each career
        #[arg(long, default_value_t = 120)]
        months: u32,
        /// Rows of the longest lists: ten a page
        #[arg(long, default_value_t = 100_010)]
        lists: u32,
    },
    /// Many logins at once, and what other pages feel of it
    Logins(logins::Storm),
    /// One declaration of many workers, on both engines
    Declaration {
        /// How many workers it names
        #[arg(long, default_value_t = 10_000)]
        workers: u32,
    },
}

/// How long, and by how many.
#[derive(Clone, Copy, clap::Args)]
pub struct Measure {
    /// Clients at once
    #[arg(long, default_value_t = 32)]
    clients: u32,
    /// Requests of each kind in a round
    #[arg(long, default_value_t = 4_000)]
    requests: u32,
    /// Rounds, in which the kinds take turns
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Sessions at the server
    #[arg(long, default_value_t = 8)]
    connections: u32,
}

impl Measure {
    fn print(self, on: &str) {
        let Self { clients, requests, rounds, connections } = self;
        println!(
            "{on}: {clients} clients, {connections} sessions, {rounds} rounds of {requests} of each kind"
        );
    }
}

fn main() -> Result<(), Error> {
    let what = Cli::parse().what;
    if let What::Logins(storm) = what {
        return logins::run(storm);
    }
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match what {
            What::Logins(_) => Ok(()),
            What::Payments(measure) => payments::on_postgres(measure).await,
            What::Commits(measure) => payments::on_sqlite(measure).await,
            What::Reads(measure) => reads::run(measure).await,
            What::Country { insured, employers, months, lists } => {
                country::run(cnss_store::generator::Country { insured, employers, months, lists }).await
            }
            What::Declaration { workers } => declaration::run(workers).await,
        }
    })
}
