//! A name server that says what a test has it say.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use hickory_proto::{
    op::{Message, MessageType, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{CNAME, TXT},
    },
};
use tokio::{net::UdpSocket, task::JoinHandle};

type Records = Arc<Mutex<Vec<(String, RData)>>>;

#[derive(Debug)]
pub struct NameServer {
    address: SocketAddr,
    records: Records,
    task: JoinHandle<()>,
}

impl NameServer {
    pub async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (address, records) = (socket.local_addr().unwrap(), Records::default());
        let task = tokio::spawn(serve(socket, Arc::clone(&records)));
        Self { address, records, task }
    }

    /// For `REKOMI_DNS_STAND_IN`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Replaces what is at the name.
    pub fn set_text(&self, name: &str, text: &str) {
        self.set(name, RData::TXT(TXT::new(vec![text.to_owned()])));
    }

    /// Replaces what is at the name.
    pub fn set_alias(&self, name: &str, target: &str) {
        self.set(name, RData::CNAME(CNAME(Name::from_ascii(format!("{target}.")).unwrap())));
    }

    fn set(&self, name: &str, data: RData) {
        let mut records = self.records.lock().unwrap();
        records.retain(|(known, _)| known != name);
        records.push((name.to_owned(), data));
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(socket: UdpSocket, records: Records) {
    let mut buffer = [0; 4_096];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
        let answer = answer(&question, &records.lock().unwrap());
        socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
    }
}

fn answer(question: &Message, records: &[(String, RData)]) -> Message {
    let mut answer = Message::new();
    answer.set_id(question.id()).set_message_type(MessageType::Response).set_op_code(question.op_code());
    answer.set_recursion_desired(true).set_recursion_available(true);
    for query in question.queries() {
        answer.add_query(query.clone());
        let name = query.name().to_ascii().trim_end_matches('.').to_ascii_lowercase();
        let there: Vec<&RData> = records.iter().filter(|(known, _)| *known == name).map(|(_, data)| data).collect();
        if there.is_empty() {
            answer.set_response_code(ResponseCode::NXDomain);
        }
        for data in there {
            let kind = data.record_type();
            if kind == query.query_type() || kind == RecordType::CNAME {
                answer.add_answer(Record::from_rdata(query.name().clone(), 60, data.clone()));
            }
        }
    }
    answer
}
