//! A DNS server on loopback that knows a few TXT records, and of everything else that there is none.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::UdpSocket;

/// Serves as long as the runtime lives; where it can be asked.
pub async fn serve(records: &[(&str, &str)]) -> SocketAddr {
    serve_on(UdpSocket::bind("127.0.0.1:0").await.unwrap(), records)
}

/// The same, on a socket that was silent until now.
pub fn serve_on(socket: UdpSocket, records: &[(&str, &str)]) -> SocketAddr {
    let at = socket.local_addr().unwrap();
    let records: HashMap<String, String> = records
        .iter()
        .map(|(name, record)| ((*name).to_owned(), (*record).to_owned()))
        .collect();
    let records = Arc::new(records);
    tokio::spawn(async move {
        let mut question = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut question).await {
            let answer = answer(&question[..length], &records);
            let _ = socket.send_to(&answer, from).await;
        }
    });
    at
}

/// RFC 1035 §4.1: the question again, and the record or the code for no such name.
fn answer(question: &[u8], records: &HashMap<String, String>) -> Vec<u8> {
    let mut labels = Vec::new();
    let mut at = 12;
    while question[at] > 0 {
        let length = usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..=at + length]).to_lowercase());
        at += length + 1;
    }
    // behind the name stand its type and class
    let asked = &question[12..at + 5];
    let record = records.get(&labels.join("."));
    let mut answer = question[..2].to_vec();
    answer.extend([0x84, if record.is_some() { 0 } else { 3 }]);
    answer.extend([0, 1, 0, u8::from(record.is_some()), 0, 0, 0, 0]);
    answer.extend(asked);
    if let Some(record) = record {
        // the name by a pointer to the question's, TXT, IN, an hour
        answer.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0x0e, 0x10]);
        let strings: Vec<&[u8]> = record.as_bytes().chunks(255).collect();
        let length = record.len() + strings.len();
        answer.extend(u16::try_from(length).unwrap().to_be_bytes());
        for string in strings {
            answer.push(u8::try_from(string.len()).unwrap());
            answer.extend(string);
        }
    }
    answer
}
