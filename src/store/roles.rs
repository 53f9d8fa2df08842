//! Roles in the database: its owner, who migrates; the app, which neither deletes nor defines anything; and
//! reports, which read figures and no content.
//!
//! Roles belong to the whole cluster: they may be there already, and several databases may share them. Their
//! rights are granted anew by each `redress migrate`, so that a new table has those that it should.

use sqlx::{AssertSqlSafe, PgConnection, SqlSafeStr};

use super::{Store, StoreError, Transaction};

/// The names of the roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    pub app: String,
    pub reports: String,
}

/// What a connection's user is in this database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub user: String,
    pub superuser: bool,
    /// Owns the tables, by itself or by membership.
    pub owner: bool,
}

/// How far the roles were set up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetUp {
    /// Roles that are new.
    pub created: Vec<String>,
    /// What the connecting user may not do, as statements for somebody who may.
    pub to_run: Vec<String>,
}

/// Rights of the app that are less than on any other table (select, insert, update).
const LESS: [(&str, &str); 8] = [
    // `anchor` itself is locked, which takes the right to update; its trigger refuses every change
    ("anchor_case", "select, insert"),
    ("history", "select, insert"),
    ("raw", "select, insert"),
    ("restored", "select, insert"),
    ("words", "select, insert"),
    ("tick", "select, update"),
    ("erasure", "select"),
    ("_sqlx_migrations", "select"),
];

/// The lock under which rights are granted: two who grant at once would fail.
const LOCK: i64 = 0x7265_6472_6573_7301;

impl Store {
    /// Makes the roles where they are missing, and gives them their rights, whatever they were before. Connected
    /// as the owner, after the migrations.
    pub async fn set_up_roles(&self, roles: &Roles) -> Result<SetUp, StoreError> {
        let mut set_up = SetUp::default();
        let mut connection = self.pool.acquire().await?;
        let mut there = Vec::new();
        for role in [&roles.app, &roles.reports] {
            if create(&mut connection, role, &mut set_up).await? {
                there.push(role.as_str());
            }
        }
        drop(connection);
        let mut tx = self.begin().await?;
        sqlx::query!("select pg_advisory_xact_lock($1)", LOCK)
            .execute(&mut *tx)
            .await?;
        let database = sqlx::query_scalar!(r#"select current_database()::text as "name!""#)
            .fetch_one(&mut *tx)
            .await?;
        let database = quoted(&database);
        let [app, reports] = [&roles.app, &roles.reports].map(|role| quoted(role));
        // nobody but who has to, whatever Postgres grants to all
        run(
            &mut tx,
            &format!("revoke temporary on database {database} from public"),
        )
        .await?;
        run(&mut tx, "revoke create on schema public from public").await?;
        if there.contains(&roles.app.as_str()) {
            grant_app(&mut tx, &database, &app).await?;
            let may_create = sqlx::query_scalar!(
                r#"select has_schema_privilege($1::text, 'public', 'create') as "may!""#,
                roles.app
            )
            .fetch_one(&mut *tx)
            .await?;
            if may_create {
                let statement = "revoke create on schema public from public;";
                set_up.to_run.push(statement.to_owned());
            }
        }
        if there.contains(&roles.reports.as_str()) {
            grant_reports(&mut tx, &database, &reports).await?;
        }
        tx.commit().await?;
        Ok(set_up)
    }

    /// What the connected user is.
    pub async fn standing(&self) -> Result<Standing, StoreError> {
        let standing = sqlx::query_as!(
            Standing,
            r#"select current_user::text as "user!", r.rolsuper as "superuser!",
                      coalesce((select pg_has_role(c.relowner, 'member') from pg_class c
                                where c.oid = to_regclass('public.history')), false) as "owner!"
               from pg_roles r where r.rolname = current_user"#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(standing)
    }
}

/// Makes a role where it is missing; whether it is there now.
async fn create(
    connection: &mut PgConnection,
    role: &str,
    set_up: &mut SetUp,
) -> Result<bool, StoreError> {
    let exists = sqlx::query_scalar!(
        r#"select exists (select from pg_roles where rolname = $1) as "exists!""#,
        role
    )
    .fetch_one(&mut *connection)
    .await?;
    if exists {
        return Ok(true);
    }
    let statement = format!("create role {} login", quoted(role));
    match sqlx::query(AssertSqlSafe(statement.clone()).into_sql_str())
        .execute(&mut *connection)
        .await
    {
        Ok(_) => {
            set_up.created.push(role.to_owned());
            Ok(true)
        }
        Err(sqlx::Error::Database(error)) => match error.code().as_deref() {
            // somebody else has just made it, for another database of the cluster
            Some("42710" | "23505") => Ok(true),
            Some("42501") => {
                set_up.to_run.push(format!("{statement};"));
                Ok(false)
            }
            _ => Err(sqlx::Error::Database(error).into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Reading and adding; changing, but for what must stay as it was written. A table that a later migration adds
/// is granted like most: `LESS` is for those that need less.
async fn grant_app(tx: &mut Transaction, database: &str, app: &str) -> Result<(), StoreError> {
    let mut statements = vec![
        format!("grant connect on database {database} to {app}"),
        format!("grant usage on schema public, reports to {app}"),
        format!("revoke all on all tables in schema public, reports from {app}"),
        format!("revoke all on all sequences in schema public from {app}"),
        format!("grant select, insert, update on all tables in schema public to {app}"),
        format!("grant select on all tables in schema reports to {app}"),
        format!("grant usage on all sequences in schema public to {app}"),
        format!(
            "alter default privileges in schema public grant select, insert, update on tables to {app}"
        ),
        format!("alter default privileges in schema public grant usage on sequences to {app}"),
        format!(
            "grant execute on function public.erase_cases(bigint[], timestamptz, text, text, text),
                 public.erase_mail(bigint[], timestamptz, text, text, text),
                 public.erase_own_mail(timestamptz, timestamptz, text, text, text),
                 public.repeating_customers(timestamptz, timestamptz, timestamptz, text) to {app}"
        ),
        // whose the erased cases of a person are, whom others still need
        format!("revoke all on public.erased_customer from {app}"),
    ];
    for (table, rights) in LESS {
        statements.push(format!("revoke all on public.{table} from {app}"));
        statements.push(format!("grant {rights} on public.{table} to {app}"));
    }
    for statement in statements {
        run(tx, &statement).await?;
    }
    Ok(())
}

/// Reading the views, and nothing else.
async fn grant_reports(
    tx: &mut Transaction,
    database: &str,
    reports: &str,
) -> Result<(), StoreError> {
    for statement in [
        format!("grant connect on database {database} to {reports}"),
        format!("revoke all on all tables in schema public, reports from {reports}"),
        format!("grant usage on schema reports to {reports}"),
        format!("grant select on all tables in schema reports to {reports}"),
    ] {
        run(tx, &statement).await?;
    }
    Ok(())
}

async fn run(tx: &mut Transaction, statement: &str) -> Result<(), StoreError> {
    sqlx::query(AssertSqlSafe(statement).into_sql_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A name as SQL takes it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
