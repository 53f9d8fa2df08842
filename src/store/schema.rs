//! The schema and its version: what this program needs, and what a database holds.

use sqlx::migrate::Migrator;

use super::{Store, StoreError};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Why a database can't be worked with, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaProblem {
    #[error("the database is empty: run `redress migrate`")]
    Empty,
    #[error(
        "the database is at schema version {found}, this program needs {needed}: run `redress migrate`"
    )]
    Older { found: i64, needed: i64 },
    #[error(
        "the database is at schema version {found}, newer than this program's {needed}: upgrade the program; nothing was touched"
    )]
    Newer { found: i64, needed: i64 },
    #[error(
        "the database isn't Redress's: it holds tables of something else ({example}); create one of its own"
    )]
    Foreign { example: String },
    #[error(
        "migration {version} in the database isn't the one in this program; the two come from different sources"
    )]
    Changed { version: i64 },
    #[error(
        "the database user {user} has no rights on Redress's tables: run `redress migrate` with database.owner_url, or set database.url to the role that it set up"
    )]
    NoRights { user: String },
    #[error("migration {version} failed half-way: restore the backup, or mend it by hand")]
    Dirty { version: i64 },
}

impl Store {
    /// The schema version that this program needs.
    pub fn needed_version() -> i64 {
        MIGRATIONS
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or(0)
    }

    /// Whether the schema is the one that this program was built for.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        let found = self.applied().await?;
        let needed = Store::needed_version();
        match found.last() {
            None => Err(SchemaProblem::Empty.into()),
            Some(last) if last.version < needed => Err(SchemaProblem::Older {
                found: last.version,
                needed,
            }
            .into()),
            Some(_) => Ok(()),
        }
    }

    /// Brings the schema up to what this program needs; the versions applied now. Never touches a
    /// database that isn't ours or is newer.
    pub async fn migrate(&self) -> Result<Vec<i64>, StoreError> {
        let before = self.applied().await?;
        MIGRATIONS.run(&self.pool).await?;
        let known = before.last().map_or(0, |last| last.version);
        Ok(MIGRATIONS
            .iter()
            .map(|m| m.version)
            .filter(|version| *version > known)
            .collect())
    }

    /// Applied migrations, oldest first, each proven to be ours.
    async fn applied(&self) -> Result<Vec<Applied>, StoreError> {
        let tables: Vec<String> = sqlx::query_scalar!(
            // not information_schema: it shows nothing to a user without rights
            r#"select c.relname::text as "name!" from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname = coalesce(current_schema(), 'public') and c.relkind in ('r', 'p')
               order by c.relname"#
        )
        .fetch_all(&self.pool)
        .await?;
        if !tables.iter().any(|name| name == "_sqlx_migrations") {
            return match tables.into_iter().next() {
                None => Ok(vec![]),
                Some(example) => Err(SchemaProblem::Foreign { example }.into()),
            };
        }
        let rights = sqlx::query!(
            r#"select current_user::text as "user!",
                      coalesce(has_table_privilege(to_regclass('_sqlx_migrations'), 'select'), false)
                      and coalesce(has_table_privilege(to_regclass('landed'), 'insert'), true) as "has!""#
        )
        .fetch_one(&self.pool)
        .await?;
        if !rights.has {
            return Err(SchemaProblem::NoRights { user: rights.user }.into());
        }
        // written by sqlx itself, so not in the offline data
        let applied: Vec<Applied> = sqlx::query_as(
            "select version, success, checksum from _sqlx_migrations order by version",
        )
        .fetch_all(&self.pool)
        .await?;
        if !applied.is_empty() && !tables.iter().any(|name| name == "landed") {
            let example = tables.into_iter().find(|name| name != "_sqlx_migrations");
            let example = example.unwrap_or_else(|| "_sqlx_migrations".to_owned());
            return Err(SchemaProblem::Foreign { example }.into());
        }
        let needed = Store::needed_version();
        for row in &applied {
            let version = row.version;
            if version > needed {
                let found = applied.last().map_or(version, |last| last.version);
                return Err(SchemaProblem::Newer { found, needed }.into());
            }
            let ours = MIGRATIONS
                .iter()
                .find(|migration| migration.version == version);
            if ours.is_none_or(|ours| *ours.checksum != *row.checksum) {
                return Err(SchemaProblem::Changed { version }.into());
            }
            if !row.success {
                return Err(SchemaProblem::Dirty { version }.into());
            }
        }
        Ok(applied)
    }
}

#[derive(sqlx::FromRow)]
struct Applied {
    version: i64,
    success: bool,
    checksum: Vec<u8>,
}
