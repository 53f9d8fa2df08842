use super::*;

fn with(files: &[(&str, &str)]) -> Result<Policies, PolicyError> {
    let own = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Policies::new(own.collect())
}

#[test]
fn the_built_in_profiles_are_right() {
    let policies = with(&[]).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = policies.names().collect();
    assert_eq!(names, ["au-rg271", "cn-finance", "default", "uk-disp"]);
}
