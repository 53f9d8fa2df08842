//! A small company's year, in which every promise holds and every figure of its reviews is right.

use std::path::Path;

use crate::year::{Settings, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_keeps_its_promises_and_its_reviews_say_what_was() {
    let settings = Settings {
        complaints: 400,
        seed: 1,
        thorough: false,
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let figures = run(settings, folder).await.unwrap();
    println!("{}", figures.text());
    assert!(figures.cases >= 380, "{}", figures.text());
}
