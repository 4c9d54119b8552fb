//! A server for journeys: prints the address of an empty database at its start and of another one
//! for each name that it reads, and runs until its standard input is closed.
#![expect(clippy::print_stdout, reason = "the addresses are what it is started for")]

use std::io::{BufRead as _, Write as _};

use cnss_test_postgres::{Disk, NoServer, Server};

fn main() -> Result<(), NoServer> {
    let server = Server::start(Disk::Fast)?;
    println!("{}", server.database("journeys")?);
    std::io::stdout().flush()?;
    for name in std::io::stdin().lock().lines() {
        println!("{}", server.database(&name?)?);
        std::io::stdout().flush()?;
    }
    Ok(())
}
