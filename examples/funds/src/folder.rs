//! A fund's folder on disk, or one that comes with the library: its texts, as they are. Files that
//! cannot be read are told all at once, each in a sentence with its name.

use std::io::ErrorKind;
use std::path::Path;

use cnss_core::author::situation::Situations;
use cnss_core::fund::{Fund, FundFiles};

/// The largest file that is read.
const BYTES_MAX: u64 = 5 * 1024 * 1024;
/// The most files of situations in one folder.
const FILES_MAX: usize = 200;

const NAMES: [&str; 6] = [
    "fund.toml",
    "contributions.toml",
    "pension.toml",
    "benefits.toml",
    "identifiers.toml",
    "declaration.toml",
];

/// Situations by the name of their file.
pub type ByFile<'a> = Vec<(&'a str, Situations)>;

/// The texts of a folder.
pub struct Folder {
    /// As it was named.
    pub name: String,
    /// The fund's files.
    pub files: FundFiles,
    /// The situations, by file.
    pub situations: Vec<(String, String)>,
    /// The list of changes that nothing can notice.
    pub equivalent: Option<String>,
    /// Files that could not be read, each with the reason.
    unread: Vec<String>,
}

macro_rules! shipped {
    ($code:literal, [$($file:literal),*]) => {
        ($code, &[$((
            concat!("situations/", $file, ".toml"),
            include_str!(concat!("../../../cnss-core/funds/", $code, "/situations/", $file, ".toml")),
        )),*], include_str!(concat!("../../../cnss-core/funds/", $code, "/equivalent.toml")))
    };
}

type Shipped = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// The situations of the funds that come with the library.
const SHIPPED: &[Shipped] = &[
    shipped!("bj", ["contributions", "family", "pension"]),
    shipped!("dj", ["contributions", "daily", "family", "grants", "identifiers", "pension", "survivors"]),
    shipped!(
        "example",
        ["contributions", "daily", "family", "grants", "identifiers", "pension", "survivors"]
    ),
    shipped!("ma", ["contributions", "daily", "family", "grants", "identifiers", "pension", "survivors"]),
    shipped!(
        "tg",
        [
            "contributions",
            "daily",
            "declarations",
            "family",
            "grants",
            "identifiers",
            "pension",
            "references",
            "survivors"
        ]
    ),
    shipped!("tn", ["contributions", "pension"]),
];

impl Folder {
    /// Reads a folder, or a fund that comes with the library.
    pub fn open(name: &str) -> Result<Self, String> {
        match name.strip_prefix("builtin:") {
            Some(code) => Self::builtin(name, code),
            None => Self::read(name),
        }
    }

    fn builtin(name: &str, code: &str) -> Result<Self, String> {
        let known = Fund::builtin_codes().join(", ");
        let files = Fund::builtin_files(code)
            .map_err(|_| format!("Aucune caisse livrée ne s'appelle « {code} ». Il y a : {known}."))?;
        let shipped = SHIPPED.iter().find(|(own, ..)| *own == code);
        let situations = shipped.map_or(&[][..], |(_, situations, _)| situations);
        Ok(Self {
            name: name.to_owned(),
            files,
            situations: situations.iter().map(|(f, t)| ((*f).to_owned(), (*t).to_owned())).collect(),
            equivalent: shipped.map(|(.., text)| (*text).to_owned()),
            unread: Vec::new(),
        })
    }

    fn read(name: &str) -> Result<Self, String> {
        let path = Path::new(name);
        if !path.exists() {
            return Err(format!(
                "Le dossier « {name} » n'existe pas. Pour en commencer un : cnss-funds new {name}"
            ));
        }
        if !path.is_dir() {
            return Err(format!(
                "« {name} » n'est pas un dossier : donnez le dossier qui contient fund.toml."
            ));
        }
        let mut unread = Vec::new();
        let mut read = |file: &str| match text(path, file) {
            Ok(text) => text,
            Err(problem) => {
                unread.push(problem);
                None
            }
        };
        let files: FundFiles =
            NAMES.iter().filter_map(|file| Some(((*file).to_owned(), read(file)?))).collect();
        let equivalent = read("equivalent.toml");
        let situations: Vec<_> = situation_files(path)?
            .into_iter()
            .filter_map(|file| Some((file.clone(), read(&file)?)))
            .collect();
        if files.is_empty() && unread.is_empty() {
            return Err(format!(
                "Le dossier « {name} » ne contient aucun fichier de caisse ({}).",
                NAMES.join(", ")
            ));
        }
        Ok(Self { name: name.to_owned(), files, situations, equivalent, unread })
    }

    /// The fund when it is sound, the situations by file, and every fault.
    pub fn judged(&self) -> (Option<Fund>, ByFile<'_>, Vec<String>) {
        let mut faults = self.unread.clone();
        // A file that could not be read is not missing: the rest is not judged without it.
        let fund = if self.unread.is_empty() {
            Fund::parse(&self.files).map_err(|error| faults.extend(crate::words::faults(&error))).ok()
        } else {
            None
        };
        let mut all = Vec::new();
        for (file, text) in &self.situations {
            match Situations::read(text) {
                Ok(situations) => all.push((file.as_str(), situations)),
                Err(problems) => faults.extend(crate::words::unreadable(file, &problems)),
            }
        }
        (fund, all, faults)
    }

    /// The fund and all its situations, or every fault as one text.
    pub fn sound(&self) -> Result<(Fund, ByFile<'_>), String> {
        let mut told = match self.judged() {
            (Some(fund), all, faults) if faults.is_empty() => return Ok((fund, all)),
            (.., faults) => faults,
        };
        told.push(format!("Corrigez d'abord le dossier « {} » : cnss-funds check {}", self.name, self.name));
        Err(told.join("\n"))
    }
}

/// The names of the files of situations, in order.
fn situation_files(folder: &Path) -> Result<Vec<String>, String> {
    let inner = folder.join("situations");
    if !inner.is_dir() {
        return Ok(Vec::new());
    }
    let unread = |e: std::io::Error| format!("Le dossier « situations » ne peut pas être lu : {}.", told(&e));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&inner).map_err(unread)? {
        let entry = entry.map_err(unread)?.path();
        if entry.extension().is_some_and(|e| e == "toml")
            && let Some(file) = entry.file_name()
        {
            names.push(format!("situations/{}", file.to_string_lossy()));
        }
    }
    if names.len() > FILES_MAX {
        return Err(format!("{} fichiers de cas pratiques : {FILES_MAX} au plus.", names.len()));
    }
    names.sort();
    Ok(names)
}

/// Why the system would not.
pub fn told(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "l'accès est refusé".to_owned(),
        ErrorKind::NotFound => "il n'existe pas".to_owned(),
        _ => error.to_string(),
    }
}

/// The text of a file; none when there is no such file.
fn text(folder: &Path, name: &str) -> Result<Option<String>, String> {
    let path = folder.join(name);
    let unread = |e: std::io::Error| format!("{name}: le fichier ne peut pas être lu : {}.", told(&e));
    let size = match std::fs::metadata(&path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unread(e)),
        Ok(about) if !about.is_file() => return Err(format!("{name}: ce n'est pas un fichier.")),
        Ok(about) => about.len(),
    };
    if size > BYTES_MAX {
        return Err(format!(
            "{name}: le fichier est trop grand ({} Mo) ; 5 Mo au plus sont lus.",
            size.div_ceil(1024 * 1024)
        ));
    }
    let bytes = std::fs::read(&path).map_err(unread)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let line = error.as_bytes().iter().take(good).filter(|b| **b == b'\n').count().saturating_add(1);
            Err(format!(
                "{name}:{line}: le fichier n'est pas écrit en UTF-8 ; enregistrez-le dans ce codage."
            ))
        }
    }
}
