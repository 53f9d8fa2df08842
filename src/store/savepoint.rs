//! A place in a transaction to go back to, without giving up the rest of it.

use super::{StoreError, Transaction};

/// Marks the place; one that was marked before is forgotten.
pub(crate) async fn set(tx: &mut Transaction) -> Result<(), StoreError> {
    sqlx::query!("savepoint orders").execute(&mut **tx).await?;
    Ok(())
}

/// Undoes everything since the place was marked.
pub(crate) async fn back(tx: &mut Transaction) -> Result<(), StoreError> {
    sqlx::query!("rollback to savepoint orders")
        .execute(&mut **tx)
        .await?;
    Ok(())
}
