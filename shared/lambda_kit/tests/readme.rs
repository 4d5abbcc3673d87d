//! The README's table of settings is the list that the code reads.

use lambda_kit::settings::KEYS;

fn shown(default: &str) -> String {
    if default.is_empty() {
        "empty".to_owned()
    } else {
        format!("`{default}`")
    }
}

#[test]
fn the_readme_lists_every_setting_in_order() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(path).expect("README.md is there");
    let rows: Vec<String> = KEYS
        .iter()
        .map(|key| {
            let default = key.default.map_or_else(|| "required".to_owned(), shown);
            format!("| `{}` | {default} | {} |", key.name, key.meaning)
        })
        .collect();
    assert!(
        readme.contains(&rows.join("\n")),
        "README's table should be:\n{}",
        rows.join("\n")
    );
}
