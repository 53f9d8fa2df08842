//! Persons, known by an address.

use std::collections::{BTreeMap, HashMap};

use super::{StoreError, Transaction};
use crate::ids::PartyId;

/// The customers at these addresses (in lower case), with the name each was first seen with. New
/// ones are registered.
pub(crate) async fn customers(
    tx: &mut Transaction,
    named: &BTreeMap<String, Option<String>>,
) -> Result<HashMap<String, PartyId>, StoreError> {
    let addresses: Vec<&str> = named.keys().map(String::as_str).collect();
    let names: Vec<Option<&str>> = named.values().map(Option::as_deref).collect();
    // again where somebody is missing: whoever was erased while we looked is somebody new
    for _ in 0..3 {
        sqlx::query!(
            "insert into party (kind, address, name, first_seen_at)
             select 'customer', address, name, now()
             from unnest($1::text[], $2::text[]) as new (address, name)
             on conflict (lower(address)) do nothing",
            &addresses as &[&str],
            &names as &[Option<&str>]
        )
        .execute(&mut **tx)
        .await?;
        // locked, so that nobody is erased whose case is being opened
        let rows = sqlx::query!(
            r#"select id, lower(address) as "address!" from party
               where lower(address) = any($1) order by id for key share"#,
            &addresses as &[&str]
        )
        .fetch_all(&mut **tx)
        .await?;
        if rows.len() == addresses.len() {
            let found = rows.into_iter();
            return Ok(found.map(|row| (row.address, PartyId(row.id))).collect());
        }
    }
    Err(sqlx::Error::RowNotFound.into())
}

/// The third party at this address (in lower case), which may be a customer of another case.
pub(crate) async fn third_party(
    tx: &mut Transaction,
    address: &str,
) -> Result<PartyId, StoreError> {
    sqlx::query!(
        "insert into party (kind, address, first_seen_at) values ('third_party', $1, now())
         on conflict (lower(address)) do nothing",
        address
    )
    .execute(&mut **tx)
    .await?;
    let id = sqlx::query_scalar!("select id from party where lower(address) = $1", address)
        .fetch_one(&mut **tx)
        .await?;
    Ok(PartyId(id))
}
