//! What each role may do in the database: the owner everything, the app neither delete nor define, reports read no
//! content.

use std::collections::BTreeMap;

use redress::sandbox::postgres::roles;
use redress::store::roles::Roles;
use sqlx::postgres::{PgPool, PgPoolOptions};

use crate::support::{Site, complaint, store};

async fn connect(url: &str) -> PgPool {
    let pool = PgPoolOptions::new().max_connections(1).connect(url);
    pool.await.unwrap()
}

/// What the app may do on each table. A new table has to be decided on here, and in `store::roles` where it is to
/// have less than most.
const APP: [(&str, &str); 28] = [
    ("_sqlx_migrations", "select"),
    ("action", "insert, select, update"),
    ("alarm", "insert, select, update"),
    ("anchor", "insert, select, update"),
    ("anchor_case", "insert, select"),
    ("case_number", "insert, select, update"),
    ("cases", "insert, select, update"),
    ("clock", "insert, select, update"),
    ("daemon", "insert, select, update"),
    ("erased_customer", ""),
    ("erasure", "select"),
    ("flood", "insert, select, update"),
    ("history", "insert, select"),
    ("job", "insert, select, update"),
    ("landed", "insert, select, update"),
    ("mailbox", "insert, select, update"),
    ("member", "insert, select, update"),
    ("message", "insert, select, update"),
    ("outbox", "insert, select, update"),
    ("party", "insert, select, update"),
    ("pending", "insert, select, update"),
    ("policy_notice", "insert, select, update"),
    ("policy_reading", "insert, select, update"),
    ("raw", "insert, select"),
    ("restored", "insert, select"),
    ("search", "insert, select, update"),
    ("tick", "select, update"),
    ("words", "insert, select"),
];

/// The columns that reports may see. None is of text that people wrote, of bytes, or of names and addresses of
/// customers; a new one has to be decided on here.
const REPORTS: [(&str, &str); 7] = [
    (
        "cases",
        "acknowledgement category cause channel close_reason closed_at complexity customer_id duplicate_of \
         erased_at finding follows handler held id language legal_hold mediator opened_at profile reachable \
         received_at reference round satisfied severity stage",
    ),
    (
        "clocks",
        "breached_at case_id due_at name number paused_at reached started_at stopped_at term",
    ),
    ("erasures", "actor at id rule"),
    (
        "history",
        "act actor at case_id close_reason event finding letter sequence stage",
    ),
    (
        "landed",
        "attempts id landed_at mailbox received_at released_at size state whole",
    ),
    (
        "letters",
        "attempts automatic case_id created_at ended_at id letter outcome state",
    ),
    (
        "messages",
        "case_id landed_id language matched_by nature read_at received_at standing",
    ),
];

#[tokio::test]
async fn every_table_and_view_has_the_rights_that_were_decided_on() {
    let site = Site::new().await;
    let rights: Vec<(String, String, String)> = sqlx::query_as(
        "select n.nspname || '.' || c.relname, r.rolname::text,
                coalesce(string_agg(p.name, ', ' order by p.name)
                         filter (where has_table_privilege(r.oid, c.oid, p.name)), '')
         from pg_class c join pg_namespace n on n.oid = c.relnamespace,
              pg_roles r, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'])
                  as p (name)
         where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
           and c.relkind in ('r', 'p', 'v', 'm', 'f') and r.rolname in ('redress_app', 'redress_reports')
         group by 1, 2 order by 1, 2",
    )
    .fetch_all(&site.sql)
    .await
    .unwrap();
    let mut expected = BTreeMap::new();
    for (table, may) in APP {
        expected.insert((format!("public.{table}"), "redress_app"), may);
        expected.insert((format!("public.{table}"), "redress_reports"), "");
    }
    for (view, _) in REPORTS {
        expected.insert((format!("reports.{view}"), "redress_app"), "select");
        expected.insert((format!("reports.{view}"), "redress_reports"), "select");
    }
    let found: BTreeMap<(String, &str), &str> = rights
        .iter()
        .map(|(table, role, may)| ((table.clone(), role.as_str()), may.as_str()))
        .collect();
    assert_eq!(
        found, expected,
        "decide what a new table is for: see APP and REPORTS"
    );
    // nothing is granted a column at a time, which the table's own rights don't show
    let by_column: i64 = sqlx::query_scalar(
        "select count(*) from pg_attribute a join pg_class c on c.oid = a.attrelid
         join pg_namespace n on n.oid = c.relnamespace
         where a.attacl is not null and n.nspname in ('public', 'reports')",
    )
    .fetch_one(&site.sql)
    .await
    .unwrap();
    assert_eq!(by_column, 0);
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select table_name::text, string_agg(column_name::text, ' ' order by column_name::text collate \"C\")
         from information_schema.columns where table_schema = 'reports' group by 1 order by 1",
    )
    .fetch_all(&site.sql)
    .await
    .unwrap();
    let columns: Vec<(&str, &str)> = columns.iter().map(|(t, c)| (&**t, &**c)).collect();
    assert_eq!(
        columns, REPORTS,
        "does a new column hold what people wrote?"
    );
    // whoever is let in runs as somebody else only where the function looks after itself
    let definers: Vec<(String, bool, bool, Option<Vec<String>>)> = sqlx::query_as(
        "select p.proname::text, has_function_privilege('redress_app', p.oid, 'execute'),
                has_function_privilege('redress_reports', p.oid, 'execute'), p.proconfig
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where p.prosecdef and n.nspname in ('public', 'reports') order by 1",
    )
    .fetch_all(&site.sql)
    .await
    .unwrap();
    let path = Some(vec!["search_path=pg_catalog, pg_temp".to_owned()]);
    let expected: Vec<_> = [
        "erase_cases",
        "erase_mail",
        "erase_own_mail",
        "repeating_customers",
    ]
    .map(|name| (name.to_owned(), true, false, path.clone()))
    .into();
    assert_eq!(definers, expected);
}

#[tokio::test]
async fn what_is_forbidden_is_refused_to_app_and_reports() {
    let site = Site::new().await;
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    site.acknowledged(1).await;
    assert_eq!(daemon.terminate().await, 0);
    let app = connect(&site.roles.app).await;
    let erase = "select erase_cases(array(select id from cases), now(), 'x', 'x', null)";
    for (statement, expected) in [
        ("delete from message", "permission denied for table message"),
        ("delete from landed", "permission denied for table landed"),
        ("delete from cases", "permission denied for table cases"),
        ("delete from party", "permission denied for table party"),
        ("delete from words", "permission denied for table words"),
        ("delete from history", "permission denied for table history"),
        ("truncate raw", "permission denied for table raw"),
        ("truncate history", "permission denied for table history"),
        (
            "update history set actor = 'x'",
            "permission denied for table history",
        ),
        (
            "update raw set bytes = ''",
            "permission denied for table raw",
        ),
        (
            "update words set body = ''",
            "permission denied for table words",
        ),
        // or mail of a case could be erased as mail of none, or other bytes in the place of its own
        (
            "update message set case_id = null",
            "mail stays on its case",
        ),
        (
            "update landed set sha256 = sha256('x')",
            "its bytes stay its own",
        ),
        (
            "insert into erasure (at, actor, rule) values (now(), 'x', 'x')",
            "permission denied for table erasure",
        ),
        (
            "select * from erased_customer",
            "permission denied for table erased_customer",
        ),
        ("drop table clock", "must be owner of table clock"),
        (
            "alter table history disable trigger user",
            "must be owner of table history",
        ),
        (
            "alter table cases add column x int",
            "must be owner of table cases",
        ),
        ("create index on cases (id)", "must be owner of table cases"),
        (
            "create table x (id int)",
            "permission denied for schema public",
        ),
        (
            "create table reports.x (id int)",
            "permission denied for schema reports",
        ),
        (
            "create temporary table x (id int)",
            "permission denied to create temporary tables",
        ),
        (
            "create function public.x() returns int language sql as 'select 1'",
            "permission denied for schema public",
        ),
        ("create schema x", "permission denied for database"),
        ("create role x", "permission denied to create role"),
        ("set role redress_owner", "permission denied to set role"),
        (
            "set session_replication_role = replica",
            "permission denied to set parameter",
        ),
        (
            "select erase_messages(array[1]::bigint[], 1)",
            "permission denied for function erase_messages",
        ),
        (
            "select erase_what_else(array[1]::bigint[], 1)",
            "permission denied for function erase_what_else",
        ),
        // it looks itself whether a case may be erased
        (erase, "may not be erased"),
    ] {
        let error = sqlx::query(statement).execute(&app).await.unwrap_err();
        let error = error.to_string();
        assert!(error.contains(expected), "{statement}: {error}");
    }
    // an app that lies about the case is found out by what the history says of a court
    let closed = "update cases set state = state || '{\"stage\": \"closed\", \"legal_hold\": false, \"erased_at\": \"2026-01-01T00:00:00Z\"}'";
    let history = |event: &str, sequence: i32| {
        format!(
            "insert into history (case_id, sequence, at, actor, event, data, hash)
             select id, {sequence}, timestamptz '2026-01-01', 'x', '{event}', '{{}}', decode(repeat('00', 32), 'hex') from cases"
        )
    };
    for statement in [
        closed.to_owned(),
        history("litigated", 1000),
        history("erased", 1001),
    ] {
        let done = sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&app)
            .await;
        done.unwrap();
    }
    let erase =
        "select erase_cases(array(select id from cases), timestamptz '2026-01-01', 'x', 'x', null)";
    let error = sqlx::query(erase).execute(&app).await.unwrap_err();
    assert!(error.to_string().contains("may not be erased"), "{error}");
    // nor are the bytes of a case before a court erased with the same bytes that are said to be of no case
    for statement in [
        "insert into landed (mailbox_id, uid_validity, uid, sha256, size, whole, received_at, state)
         select mailbox_id, uid_validity, uid + 1000, sha256, size, whole, received_at, 'filed' from landed",
        "update landed set state = 'duplicate' where uid <= 1000",
        "select erase_mail(array(select id from landed), now(), 'x', 'x', null)",
    ] {
        sqlx::query(statement).execute(&app).await.unwrap();
    }
    let erased = "select count(*) from landed where erased_by is not null";
    assert_eq!(site.count(erased).await, 1);
    let bytes = "select count(*) from raw where erased_by is null and length(bytes) > 0";
    assert_eq!(site.count(bytes).await, 1);

    let reports = connect(&site.roles.reports).await;
    for (statement, expected) in [
        (
            "select * from public.message",
            "permission denied for table message",
        ),
        (
            "select * from public.raw",
            "permission denied for table raw",
        ),
        (
            "select * from public.party",
            "permission denied for table party",
        ),
        (
            "select data from public.history",
            "permission denied for table history",
        ),
        (
            "insert into reports.erasures (at, actor, rule) values (now(), 'x', 'x')",
            "permission denied for view erasures",
        ),
        (
            "update reports.cases set reference = 'x'",
            "permission denied for view cases",
        ),
        (
            "delete from reports.letters",
            "permission denied for view letters",
        ),
        (
            "select public.erase_mail(array[1]::bigint[], now(), 'x', 'x', null)",
            "permission denied",
        ),
        (
            "create table reports.x (id int)",
            "permission denied for schema reports",
        ),
        (
            "create table public.x (id int)",
            "permission denied for schema public",
        ),
        (
            "create temporary table x (id int)",
            "permission denied to create temporary tables",
        ),
        ("set role redress_app", "permission denied to set role"),
    ] {
        let error = sqlx::query(statement).execute(&reports).await.unwrap_err();
        let error = error.to_string();
        assert!(error.contains(expected), "{statement}: {error}");
    }
    for (view, _) in REPORTS {
        let all = format!("select * from reports.{view}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(all))
            .fetch_all(&reports)
            .await
            .unwrap();
        assert!(!rows.is_empty() || view == "erasures", "{view}");
    }
}

#[tokio::test]
async fn check_says_what_whoever_it_connects_as_could_do() {
    let site = Site::new().await;
    let (status, said, _) = site.redress(&["check"]).await;
    assert_eq!(status, 0, "{said}");
    assert!(!said.contains("note   database"), "{said}");
    let text = std::fs::read_to_string(site.config()).unwrap();
    let owner_url = format!("owner_url = \"{}\"\n", site.roles.owner);
    let superuser = site.roles.app.replace("redress_app@", "redress@");
    for (from, to, expected) in [
        (owner_url.as_str(), "", "database.owner_url isn't set"),
        (
            &site.roles.app,
            &site.roles.owner,
            "connects as redress_owner, the owner of its tables",
        ),
        (
            &site.roles.app,
            &superuser,
            "connects as redress, a superuser of the whole cluster",
        ),
    ] {
        std::fs::write(site.config(), text.replacen(from, to, 1)).unwrap();
        let (status, said, _) = site.redress(&["check"]).await;
        assert_eq!(status, 0, "it goes on: {said}");
        assert!(said.contains(expected), "{expected} is missing in {said}");
    }
    // a user without rights is told what to do
    std::fs::write(
        site.config(),
        text.replacen(&site.roles.app, &site.roles.reports, 1),
    )
    .unwrap();
    let (status, said, _) = site.redress(&["check"]).await;
    assert_eq!(status, 69);
    assert!(
        said.contains("redress_reports has no rights on Redress's tables"),
        "{said}"
    );
}

#[tokio::test]
async fn migrate_sets_roles_up_again_and_says_what_it_may_not() {
    let site = Site::new().await;
    // rights that somebody gave by hand are taken back
    sqlx::query("grant delete on cases to redress_app")
        .execute(&site.sql)
        .await
        .unwrap();
    let (status, said, error) = site.redress(&["migrate"]).await;
    assert_eq!(status, 0, "{said}{error}");
    assert!(
        said.contains(
            "redress_app (for database.url) and redress_reports (for reports) have their rights"
        ),
        "{said}"
    );
    let app = connect(&site.roles.app).await;
    let error = sqlx::query("delete from cases")
        .execute(&app)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
    // a table that a later migration adds needs no thought to be of use
    sqlx::query("create table later (id bigint generated always as identity, word text)")
        .execute(&site.sql)
        .await
        .unwrap();
    sqlx::query("insert into later (word) values ('x')")
        .execute(&app)
        .await
        .unwrap();
    let error = sqlx::query("delete from later")
        .execute(&app)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
    // other names, that aren't there and that the owner may not make
    let text = std::fs::read_to_string(site.config()).unwrap();
    let named = "[database]\napp_role = \"my app\"\nreports_role = \"reader\"\n";
    std::fs::write(site.config(), text.replacen("[database]\n", named, 1)).unwrap();
    let (status, _, error) = site.redress(&["migrate"]).await;
    assert_eq!(status, 69);
    for statement in [
        "create role \"my app\" login;",
        "create role \"reader\" login;",
    ] {
        assert!(
            error.contains(statement),
            "{statement} is missing in {error}"
        );
    }
    // who may, makes them; two databases at once
    let superuser = site.roles.owner.replace("redress_owner@", "redress@");
    let other = site.servers.postgres.migrated_database().await.unwrap();
    let other = other.owner.replace("redress_owner@", "redress@");
    let mine = Roles {
        app: "test_app".to_owned(),
        reports: "test_reports".to_owned(),
    };
    let (one, two) = (store(&superuser).await, store(&other).await);
    let (one_set_up, two_set_up) = tokio::join!(one.set_up_roles(&mine), two.set_up_roles(&mine));
    let created = one_set_up.unwrap().created.len() + two_set_up.unwrap().created.len();
    assert_eq!(created, 2, "each once");
    let again = one.set_up_roles(&mine).await.unwrap();
    assert_eq!(again, redress::store::roles::SetUp::default());
    assert_eq!(roles().app, "redress_app");
}
