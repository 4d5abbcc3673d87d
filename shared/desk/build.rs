//! Reads the words of our letters and refuses to build where a language lacks some of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const LANGUAGES: [&str; 5] = ["en", "de", "fr", "es", "it"];

/// Every text, with what is filled into it.
const TEXTS: [(&str, &[&str]); 21] = [
    ("greeting", &[]),
    ("closing", &[]),
    ("sources", &[]),
    ("reference", &[]),
    ("received", &[]),
    ("urgent", &[]),
    ("password_changed", &[]),
    ("password_not_changed", &[]),
    ("password_ask", &[]),
    ("need_current", &[]),
    ("need_new", &[]),
    ("new_too_short", &["least"]),
    ("new_too_long", &["most"]),
    ("new_is_old", &[]),
    ("new_is_address", &[]),
    ("new_too_common", &[]),
    ("new_unclear", &[]),
    ("statement_one", &["from", "to"]),
    ("statement_many", &["count", "from", "to"]),
    ("statement_link", &["from", "to", "until"]),
    ("statement_months", &["most"]),
];

fn main() {
    println!("cargo::rerun-if-changed=letters");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("letters");
    let mut code = String::from("pub(crate) struct Phrases {\n");
    for (name, _) in TEXTS {
        writeln!(code, "    pub {name}: &'static str,").expect("a text takes it");
    }
    code.push_str("}\n");
    let mut problems = Vec::new();
    for language in LANGUAGES {
        let file = folder.join(format!("{language}.txt"));
        let source = fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{} cannot be read: {error}", file.display()));
        let texts = sections(&source);
        problems.extend(check(language, &texts));
        let constant = language.to_uppercase();
        writeln!(code, "pub(crate) const {constant}: Phrases = Phrases {{")
            .expect("a text takes it");
        for (name, _) in TEXTS {
            let text = texts.get(name).map_or("", String::as_str);
            writeln!(code, "    {name}: {text:?},").expect("a text takes it");
        }
        code.push_str("};\n");
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("phrases.rs"), code).expect("the output folder can be written");
}

/// The texts of a file by their names in brackets. Lines above the first name are comments.
fn sections(source: &str) -> BTreeMap<String, String> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut name = None;
    for line in source.lines() {
        if let Some(found) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            texts.entry(found.to_owned()).or_default();
            name = Some(found.to_owned());
        } else if let Some(text) = name.as_ref().and_then(|name| texts.get_mut(name)) {
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    for text in texts.values_mut() {
        *text = text.trim().to_owned();
    }
    texts
}

fn check(language: &str, texts: &BTreeMap<String, String>) -> Vec<String> {
    let file = format!("shared/desk/letters/{language}.txt");
    let mut problems = Vec::new();
    for (name, filled) in TEXTS {
        match texts.get(name).filter(|text| !text.is_empty()) {
            None => problems.push(format!("{file} lacks [{name}]: write it below its name")),
            Some(text) => problems.extend(check_filled(&file, name, text, filled)),
        }
    }
    for name in texts.keys() {
        if !TEXTS.iter().any(|(known, _)| known == name) {
            problems.push(format!(
                "{file} has [{name}], which no letter uses: take it out"
            ));
        }
    }
    problems
}

fn check_filled(file: &str, name: &str, text: &str, filled: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    for place in filled {
        if !text.contains(&format!("{{{place}}}")) {
            problems.push(format!("{file}: [{name}] lacks {{{place}}}"));
        }
    }
    for piece in text.split('{').skip(1) {
        let place = piece.split('}').next().unwrap_or_default();
        if !filled.contains(&place) {
            problems.push(format!(
                "{file}: [{name}] has {{{place}}}, which nothing fills"
            ));
        }
    }
    problems
}
