//! A server for journeys: prints the address of an empty database, and runs until its standard
//! input is closed.
#![expect(clippy::print_stdout, reason = "the address is what it is started for")]

use std::io::{Read as _, Write as _};

use cnss_test_postgres::{Disk, NoServer, Server};

fn main() -> Result<(), NoServer> {
    let server = Server::start(Disk::Fast)?;
    println!("{}", server.database("journeys")?);
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
