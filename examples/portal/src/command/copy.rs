//! `cnss-portal backup` and `cnss-portal restore`: a copy of the books in one file, and back.

use std::path::Path;

use cnss_core::fund::Fund;

use super::check::examine;
use super::{Cannot, Report, look, url_of};
use crate::settings::DatabaseUrl;

pub(super) async fn backup(url: &DatabaseUrl, fund: &Fund, file: &Path) -> Result<Report, Cannot> {
    let store = look(url.as_str(), fund).await?;
    let copied = store.copy_to(file).await;
    store.close().await;
    copied?;
    // What counts is not that it was written but that it can be read.
    let copy = look(&url_of(file), fund).await?;
    let mut report = Report::default();
    report.line(format!("Copie faite : {}", file.display()));
    let examined = examine(&copy, Vec::new(), &mut report).await;
    copy.close().await;
    examined.map(|()| report)
}

pub(super) async fn restore(url: &DatabaseUrl, fund: &Fund, file: &Path) -> Result<Report, Cannot> {
    let Some(target) = url.file() else { return Err(Cannot::Server(url.clone())) };
    let beside = |end: &str| {
        let mut name = target.as_os_str().to_owned();
        name.push(end);
        std::path::PathBuf::from(name)
    };
    // A journal without its file belongs to books that somebody took away; a new file would meet it.
    if [target.clone(), beside("-wal"), beside("-journal")].iter().any(|path| path.symlink_metadata().is_ok())
    {
        return Err(Cannot::BooksThere(url.clone()));
    }
    let copy = look(&url_of(file), fund).await?;
    let mut report = Report::default();
    report.line(format!("Copie lue : {}", file.display()));
    let restored = match examine(&copy, Vec::new(), &mut report).await {
        Ok(()) if report.faults == 0 => copy.copy_to(&target).await.map_err(Cannot::from),
        Ok(()) => {
            super::tell(&report.text);
            Err(Cannot::FaultyCopy)
        }
        Err(error) => Err(error),
    };
    copy.close().await;
    restored?;
    report.line(format!("Livres remis en place : {url}"));
    Ok(report)
}
