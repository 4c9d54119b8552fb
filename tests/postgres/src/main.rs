//! A server for journeys: prints the address of an empty database at its start and of another one
//! for each name that it reads, and runs until its standard input is closed. `kill` and `run` are
//! no names: they switch the server off as a power cut does, and on again; `freeze` and `thaw` stop all
//! its processes where they stand, and let them go on; `rows DATABASE SQL` gives
//! what a statement finds, its rows in one line between tabs. With the argument `safe`, what was
//! committed survives that.
#![expect(clippy::print_stdout, reason = "the addresses are what it is started for")]

use std::io::{BufRead as _, Write as _};
use std::time::Duration;

use cnss_test_postgres::{Disk, NoServer, Server};

/// How often a server that was killed is started again: what its dying processes hold is in the way.
const STARTS_MOST: u32 = 50;

fn main() -> Result<(), NoServer> {
    let safe = std::env::args().nth(1).is_some_and(|argument| argument == "safe");
    let mut server = Server::start(if safe { Disk::Safe } else { Disk::Fast })?;
    say(&server.database("journeys")?)?;
    for line in std::io::stdin().lock().lines() {
        match line?.as_str() {
            "kill" => {
                server.kill()?;
                say("killed")?;
            }
            "run" => {
                run(&mut server)?;
                say("running")?;
            }
            "freeze" => {
                server.freeze(false)?;
                say("frozen")?;
            }
            "thaw" => {
                server.thaw()?;
                say("thawed")?;
            }
            asked if asked.starts_with("rows ") => {
                let (database, sql) = asked.trim_start_matches("rows ").split_once(' ').unwrap_or_default();
                say(&server.psql(database, sql)?.trim_end().replace('\n', "\t"))?;
            }
            name => say(&server.database(name)?)?,
        }
    }
    Ok(())
}

fn say(text: &str) -> Result<(), NoServer> {
    println!("{text}");
    Ok(std::io::stdout().flush()?)
}

fn run(server: &mut Server) -> Result<(), NoServer> {
    let mut failed = 0;
    while let Err(error) = server.run() {
        failed += 1;
        if failed == STARTS_MOST {
            return Err(error);
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    Ok(())
}
