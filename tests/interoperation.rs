//! Redress works with a mail server that others wrote: Postfix.

use redress::sandbox::smtp_server::{Fault, Keep};

use crate::support::postfix::Postfix;
use crate::support::{Site, servers};

#[tokio::test]
async fn postfix_accepts_refuses_and_returns_our_mail() {
    let lmtp_port = servers().await.dovecot.lmtp_port();
    let site = Site::with(Keep::File { lmtp_port }).await;
    let Some(postfix) = Postfix::start(site.smtp.port()).await else {
        return;
    };
    // the customer's own server refuses what Postfix has accepted: a real bounce comes back
    site.smtp.fail(
        "moved@customers.test",
        &[Fault::Recipient("550 5.1.6 has moved")],
    );
    let text = std::fs::read_to_string(site.config()).unwrap();
    let relayed = text.replace(
        &format!("port = {}\n", site.smtp.port()),
        &format!("port = {}\nreturn_path = \"signed\"\n", postfix.port),
    );
    std::fs::write(site.config(), relayed).unwrap();
    for (number, who) in ["fine", "refused", "moved"].iter().enumerate() {
        site.deliver(&format!(
            "From: {who}@customers.test\nSubject: broken\nMessage-ID: <{number}@customers.test>\n\nIt is broken.\n"
        ));
    }
    let daemon = site.daemon();
    // accepted
    site.until(
        "select count(*) from cases c join party p on p.id = c.customer_id
         where p.address = 'fine@customers.test' and c.acknowledgement = 'delivered' and c.reachable",
        1,
    )
    .await;
    // refused at once
    site.until(
        "select count(*) from outbox where recipient = 'refused@customers.test' and state = 'failed'
         and reply like '550 5.1.1 %'",
        1,
    )
    .await;
    // accepted, then returned
    site.until(
        "select count(*) from cases c join party p on p.id = c.customer_id
         where p.address = 'moved@customers.test' and c.acknowledgement = 'failed' and not c.reachable",
        1,
    )
    .await;
    site.until(
        "select count(*) from message where nature = 'bounce' and matched_by = 'bounce'",
        1,
    )
    .await;
    assert_eq!(site.count("select count(*) from cases").await, 3);
    assert_eq!(daemon.terminate().await, 0);
}
