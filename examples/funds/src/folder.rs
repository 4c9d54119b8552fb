//! A fund's folder on disk, or one that comes with the library: its texts, as they are. What cannot
//! be read is told in a sentence, with the name of the file.

use std::path::Path;

use cnss_core::fund::{Fund, FundFiles};
use cnss_core::situation::Situations;

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
    shipped!("tg", ["contributions", "daily", "family", "grants", "identifiers", "pension", "survivors"]),
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
        let mut folder =
            Self { name: name.to_owned(), files: FundFiles::new(), situations: Vec::new(), equivalent: None };
        for file in NAMES {
            if let Some(text) = text(path, file)? {
                folder.files.insert(file.to_owned(), text);
            }
        }
        if folder.files.is_empty() {
            return Err(format!(
                "Le dossier « {name} » ne contient aucun fichier de caisse ({}).",
                NAMES.join(", ")
            ));
        }
        folder.equivalent = text(path, "equivalent.toml")?;
        let mut names = Vec::new();
        let inner = path.join("situations");
        if inner.is_dir() {
            let unread = |e: std::io::Error| format!("Le dossier « situations » ne peut pas être lu : {e}");
            for entry in std::fs::read_dir(&inner).map_err(unread)? {
                let entry = entry.map_err(unread)?.path();
                if entry.extension().is_some_and(|e| e == "toml")
                    && let Some(file) = entry.file_name()
                {
                    names.push(format!("situations/{}", file.to_string_lossy()));
                }
            }
        }
        if names.len() > FILES_MAX {
            return Err(format!("{} fichiers de cas pratiques : {FILES_MAX} au plus.", names.len()));
        }
        names.sort();
        for file in names {
            if let Some(text) = text(path, &file)? {
                folder.situations.push((file, text));
            }
        }
        Ok(folder)
    }

    /// The situations by file, or what is wrong with the files.
    pub fn situations(&self) -> (Vec<(&str, Situations)>, Vec<String>) {
        let mut all = Vec::new();
        let mut faults = Vec::new();
        for (file, text) in &self.situations {
            match Situations::parse(text) {
                Ok(situations) => all.push((file.as_str(), situations)),
                Err(problem) => faults.push(format!("{file}: {}", crate::words::unreadable(&problem))),
            }
        }
        (all, faults)
    }

    /// The fund and all its situations, or every fault as one text.
    pub fn sound(&self) -> Result<(Fund, Vec<(&str, Situations)>), String> {
        let mut told = match Fund::parse(&self.files) {
            Ok(fund) => {
                let (all, faults) = self.situations();
                if faults.is_empty() {
                    return Ok((fund, all));
                }
                faults
            }
            Err(error) => crate::words::faults(&error),
        };
        told.push(format!("Corrigez d'abord le dossier « {} » : cnss-funds check {}", self.name, self.name));
        Err(told.join("\n"))
    }
}

/// The text of a file; none when there is no such file.
fn text(folder: &Path, name: &str) -> Result<Option<String>, String> {
    let path = folder.join(name);
    let unread = |e: std::io::Error| format!("{name}: le fichier ne peut pas être lu ({e}).");
    let size = match std::fs::metadata(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
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
