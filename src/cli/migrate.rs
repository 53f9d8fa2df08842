//! `redress migrate`: the database's schema, and the roles that use it.

use super::{CONFIG, Failure, UNAVAILABLE};
use crate::config::Config;
use crate::store::Store;

pub(super) async fn migrate(config: &Config) -> Result<(), Failure> {
    let database = &config.database;
    if let Some(path) = database.owner_password_file.as_ref()
        && database.owner_password.is_none()
    {
        let path = path.display();
        let message =
            format!("database.owner_password_file: {path} can't be read here, or is empty");
        return Err(Failure::new(CONFIG, message));
    }
    let store = Store::connect(&database.owner_settings()).await?;
    let applied = store.migrate().await?;
    let version = Store::needed_version();
    match applied.len() {
        0 => println!("the database is at schema version {version} already"),
        1 => println!("the database is at schema version {version} now (1 migration applied)"),
        n => println!("the database is at schema version {version} now ({n} migrations applied)"),
    }
    let roles = database.roles();
    let set_up = store.set_up_roles(&roles).await?;
    for role in &set_up.created {
        println!(
            "the role {role} is new: give it a password (`\\password {role}` in psql) where the server asks for one"
        );
    }
    if set_up.to_run.is_empty() {
        println!(
            "the roles {} (for database.url) and {} (for reports) have their rights",
            roles.app, roles.reports
        );
        return Ok(());
    }
    let statements = set_up.to_run.join("\n  ");
    let message = format!(
        "not all rights are as they should be, since this user may not do it. As a superuser of the cluster, in this database, run\n  {statements}\nthen `redress migrate` again"
    );
    // without an owner's URL one user does everything, and may go on so; `redress check` says what that costs
    if database.owner_url.is_none() {
        println!("{message}");
        return Ok(());
    }
    Err(Failure::new(UNAVAILABLE, message))
}
