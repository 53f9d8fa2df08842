//! Policies are explained to whoever asks: without a database, and before there is a configuration.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn redress(config: Option<&Path>, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redress"));
    command.env_clear();
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    let output = command.args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// A configuration whose database doesn't exist, and whose secrets can't be read.
fn configuration(folder: &Path) -> std::path::PathBuf {
    let own = folder.join("policy");
    std::fs::create_dir(&own).unwrap();
    let profile = include_str!("../config/policy/default.toml");
    let lunch = profile.replace("[\"09:00-18:00\"]", "[\"09:00-12:00\", \"13:30-17:00\"]");
    std::fs::write(own.join("retail.toml"), lunch).unwrap();
    let config = folder.join("redress.toml");
    let text = include_str!("../config/redress.toml")
        .replace(
            "#profile = \"default\"\n# A folder",
            "profile = \"retail\"\n# A folder",
        )
        .replace("#folder = \"policy\"", "folder = \"policy\"");
    std::fs::write(&config, text).unwrap();
    config
}

#[test]
fn clocks_are_explained_without_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let config = configuration(folder.path());
    let explain = [
        "policy",
        "explain",
        "--json",
        "--received",
        "2026-09-30T10:00:00+08:00",
    ];
    let (status, out, error) = redress(Some(&config), &explain);
    assert_eq!(status, 0, "{error}");
    let clocks: Vec<Value> = serde_json::from_str(&out).unwrap();
    let find = |name: &str| clocks.iter().find(|clock| clock["clock"] == name).unwrap();
    // the company's own profile closes at 17:00; 1 to 7 October is National Day, Saturday the 10th works
    assert_eq!(find("confirm")["due_at"], "2026-10-09T17:00:00+08:00");
    let investigate = find("investigate");
    assert_eq!(investigate["due_at"], "2026-10-15T17:00:00+08:00");
    assert_eq!(investigate["skipped"][0], "2026-10-01");
    assert_eq!(investigate["skipped"][7], "2026-10-11");
    assert_eq!(investigate["skipped"].as_array().map(Vec::len), Some(8));
    assert_eq!(investigate["made_up"][0], "2026-10-10");
}

#[test]
fn a_profile_that_is_wrong_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let config = configuration(folder.path());
    std::fs::write(folder.path().join("policy/broken.toml"), "titel = 1\n").unwrap();
    let (status, _, error) = redress(Some(&config), &["policy", "list"]);
    assert_eq!(status, 78);
    assert!(
        error.contains("policy/broken.toml:1: titel: unknown field `titel`"),
        "{error}"
    );
    let (status, _, error) = redress(Some(Path::new("nowhere.toml")), &["policy", "list"]);
    assert_eq!(status, 78);
    assert!(error.contains("nowhere.toml: can't be read"), "{error}");
}

/// On a machine where Redress isn't set up, the built-in profiles are there all the same.
#[test]
fn the_built_in_profiles_need_no_configuration() {
    if Path::new("/etc/redress/redress.toml").exists() {
        return;
    }
    let (status, out, error) = redress(None, &["policy", "show", "uk-disp"]);
    assert_eq!(status, 0, "{error}");
    assert!(out.contains("Financial Ombudsman Service"), "{out}");
    let (status, out, error) = redress(None, &["policy", "explain"]);
    assert_eq!(status, 0, "{error}");
    assert!(out.contains("by the profile default"), "{out}");
    let (status, _, error) = redress(None, &["policy", "show", "nonsense"]);
    assert_eq!(status, 66);
    assert!(
        error.contains("there are: au-rg271, cn-finance, default, uk-disp"),
        "{error}"
    );
}
