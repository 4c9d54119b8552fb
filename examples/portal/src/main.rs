//! The portal's server: settings, store, counter, pages; the program to copy for a fund.
//!
//! It joins the adapters and decides nothing. It says where it listens, who can log in to the
//! demonstration, and stops cleanly: requests under way end, the books are closed.

mod announce;
mod bank_secrets;
mod code_key;
mod command;
mod demo;
mod inbox;
mod measure;
mod opening;
mod post;
mod seal;
mod settings;
mod sweep;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use cnss_core::desk::Desk;
use cnss_core::fund::Fund;
use cnss_http::clock::Clock;
use cnss_http::{Pepper, Portal, Settings as PortalSettings, hash_password, router};
use cnss_store::Options;
use post::Carrying;
use settings::{LogFormat, Settings};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long requests under way may take once the stop was asked for.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// Why the portal does not start; each says what to do.
#[derive(Debug, thiserror::Error)]
enum CannotStart {
    #[error("les règles de la caisse ne se chargent pas : {0}")]
    Fund(#[from] cnss_core::fund::FundError),
    #[error("les livres ne s'ouvrent pas : {}", opening::cannot_open(.0))]
    Books(#[from] cnss_store::OpenError),
    #[error(
        "l'adresse {0} n'est pas libre ({1}) ; choisissez-en une autre avec --listen ou --metrics-listen"
    )]
    Address(std::net::SocketAddr, std::io::Error),
    #[error("les données de démonstration ne se chargent pas : {0}")]
    Demo(#[from] cnss_core::desk::DeskError),
    #[error("le mot de passe de démonstration ne peut pas être préparé : {0}")]
    Password(String),
    #[error("la clé des codes manque : {0}")]
    CodeKey(#[from] code_key::NoKey),
    #[error("les passerelles (SMS, courriel) ne peuvent pas être employées :\n{0}")]
    Gateways(#[from] cnss_sms::settings::Faults),
    #[error("les mesures ne peuvent pas être prises : {0}")]
    Measures(#[from] metrics_exporter_prometheus::BuildError),
    #[error("le serveur s'est arrêté : {0}")]
    Server(std::io::Error),
}

fn main() -> ExitCode {
    let settings = match Settings::of_process() {
        Ok(settings) => settings,
        Err(stop) => return stop.tell(),
    };
    let filter = tracing_subscriber::EnvFilter::try_new(&settings.log).unwrap_or_else(|_| "info".into());
    // The seals of the audit trail are of use only where they are kept, however little else is.
    let filter = match format!("{}=info", seal::TARGET).parse() {
        Ok(seals) => filter.add_directive(seals),
        Err(_) => filter,
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().with_span_list(false).init(),
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "la machine ne donne pas de fils d'exécution");
            return ExitCode::FAILURE;
        }
    };
    if let Some(command) = &settings.command {
        return runtime.block_on(command::run(command, &settings));
    }
    match runtime.block_on(run(&settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: &Settings) -> Result<(), CannotStart> {
    let fund = Arc::new(Fund::builtin(settings.fund)?);
    let options = Options::new(fund.currency).connections(settings.database_connections);
    let options = if settings.make_books { options } else { options.existing() };
    let place = code_key::Place::of(settings)?;
    let store = cnss_store::open(settings.database_url.as_str(), options).await?;
    let key = place.key()?;
    let desk = Desk::new(Arc::new(store.clone()), Arc::clone(&fund));
    let clock = Clock::of(&fund);
    let (listener, address) = bind(settings.listen).await?;
    let watched = match settings.metrics_listen {
        Some(listen) => Some((bind(listen).await?, measure::begin()?)),
        None => None,
    };
    let mut carrying = Carrying::open(settings, &fund, &key, &store, clock)?;
    let logins = if settings.demo { demo_logins(&desk, clock).await? } else { Vec::new() };
    let secure = settings.public_url.as_ref().is_some_and(settings::PublicUrl::is_secure);
    let sweeper = desk.clone();
    let pepper = settings.pepper.map(|secret| Pepper::new(secret.0));
    let behaviour = PortalSettings { demo: settings.demo, secure, pepper, proxies: settings.proxies };
    let mut portal = Portal::new(desk, behaviour).with_banks(settings.banks.clone()).with_code_key(key);
    if let Some(inbox) = &carrying.inbox {
        portal = portal.with_inbox(Arc::clone(inbox));
    }
    if let Some(gateway) = carrying.gateway.take() {
        portal = portal.with_gateway(gateway);
    }
    let asked = asked_to_stop();
    announce::announce(address, &logins);
    let (stop, stopped) = watch::channel(false);
    let mut beside = vec![
        tokio::spawn(seal::keep_sealing(store.clone(), clock, stopped.clone())),
        tokio::spawn(sweep::keep_sweeping(sweeper, clock, stopped.clone())),
    ];
    carrying.announce(settings);
    beside.push(tokio::spawn(carrying.work(store.clone(), clock, stopped.clone())));
    if let Some(((listener, address), handle)) = watched {
        tracing::info!(%address, "mesures pour Prometheus à /metrics");
        beside.push(tokio::spawn(measure::serve(listener, store.clone(), handle, stopped.clone())));
    }
    let served = serve(listener, portal, stop, asked).await;
    // Each of them ends by itself once it hears of the stop; a defect of one is no reason to stay.
    for task in beside {
        let _ = tokio::time::timeout(STOP_WITHIN, task).await;
    }
    // What the last requests wrote.
    let _ = tokio::time::timeout(STOP_WITHIN, seal::seal(&store, clock)).await;
    store.close().await;
    served
}

async fn bind(listen: std::net::SocketAddr) -> Result<(TcpListener, std::net::SocketAddr), CannotStart> {
    let failed = |error| CannotStart::Address(listen, error);
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Loads the demonstration on the first start, and says who can log in.
async fn demo_logins(desk: &Desk, clock: Clock) -> Result<Vec<demo::DemoLogin>, CannotStart> {
    let hash = if demo::is_loaded(desk).await? {
        String::new()
    } else {
        tracing::info!("premier démarrage : chargement des données de démonstration");
        hash_password(demo::DEMO_PASSWORD).map_err(|e| CannotStart::Password(e.to_string()))?
    };
    let at = clock.moment();
    Ok(demo::load(desk, at.today, at.now, &hash).await?)
}

/// Answers requests until it is asked to stop, lets those under way end, and tells all others of the
/// stop.
async fn serve(
    listener: TcpListener,
    portal: Portal,
    stop: watch::Sender<bool>,
    asked: impl Future<Output = ()>,
) -> Result<(), CannotStart> {
    let mut told = stop.subscribe();
    let router = router(portal).into_make_service_with_connect_info::<std::net::SocketAddr>();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        // An error means that the sender is gone, which is a stop too.
        let _ = told.wait_for(|stopped| *stopped).await;
    });
    let server = tokio::spawn(server.into_future());
    let mut ended = server;
    let result = tokio::select! {
        result = &mut ended => result,
        () = asked => {
            tracing::info!("arrêt demandé : les demandes en cours se terminent");
            let _ = stop.send(true);
            match tokio::time::timeout(STOP_WITHIN, &mut ended).await {
                Ok(result) => result,
                Err(_) => {
                    tracing::warn!("des demandes étaient encore en cours ; elles sont abandonnées, rien n'est à moitié fait");
                    Ok(Ok(()))
                }
            }
        }
    };
    let _ = stop.send(true);
    match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(CannotStart::Server(error)),
        Err(error) => Err(CannotStart::Server(std::io::Error::other(error))),
    }
}

/// Waits for Ctrl-C, or for the system to ask for a stop. It listens from the call on: who is told
/// that the portal is ready may stop it properly.
#[cfg(unix)]
fn asked_to_stop() -> impl Future<Output = ()> + Send {
    use tokio::signal::unix::{SignalKind, signal};
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        match (interrupt, terminate) {
            (Ok(mut interrupt), Ok(mut terminate)) => {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            (Ok(mut only), Err(_)) | (Err(_), Ok(mut only)) => {
                only.recv().await;
            }
            // Then it stops as any program does.
            (Err(_), Err(_)) => std::future::pending().await,
        }
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
async fn asked_to_stop() {
    let _ = tokio::signal::ctrl_c().await;
}
