//! A mail server that misbehaves on demand: takes emails, refuses them for now or for good, or says nothing any more.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// What the server does with the next emails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mood {
    Takes,
    /// Answers the recipient with this line.
    Refuses(&'static str),
    /// Takes the email, and ends the connection before it says so.
    BreaksOff,
    /// Takes the connection, and never says anything.
    IsSilent,
}

/// An email as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub from: String,
    pub to: String,
    pub data: String,
}

impl Received {
    /// A header's value, on one line.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (head, _) = self.data.split_once("\r\n\r\n")?;
        let prefix = format!("{}:", name.to_lowercase());
        head.lines().find(|line| line.to_lowercase().starts_with(&prefix)).map(|line| line[prefix.len()..].trim())
    }
}

#[derive(Debug)]
struct Inner {
    mood: Mood,
    received: Vec<Received>,
    connections: usize,
}

#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    _running: oneshot::Sender<()>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Mutex::new(Inner { mood: Mood::Takes, received: Vec::new(), connections: 0 }));
        let (running, mut stopped) = oneshot::channel::<()>();
        let shared = inner.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = &mut stopped => return,
                    accepted = listener.accept() => {
                        let Ok((stream, _)) = accepted else { return };
                        let inner = shared.clone();
                        inner.lock().unwrap().connections += 1;
                        tokio::spawn(async move { drop(talk(stream, &inner).await) });
                    }
                }
            }
        });
        Self { address, inner, _running: running }
    }

    /// For `REKOMI_SMTP_URL`.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub fn set(&self, mood: Mood) {
        self.inner.lock().unwrap().mood = mood;
    }

    pub fn received(&self) -> Vec<Received> {
        self.inner.lock().unwrap().received.clone()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.inner.lock().unwrap().connections
    }
}

async fn talk(stream: TcpStream, inner: &Mutex<Inner>) -> std::io::Result<()> {
    let mood = inner.lock().unwrap().mood.clone();
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader);
    if mood == Mood::IsSilent {
        let mut sink = Vec::new();
        lines.read_until(0, &mut sink).await?;
        return Ok(());
    }
    writer.write_all(b"220 mail.test ESMTP\r\n").await?;
    let mut email = Received { from: String::new(), to: String::new(), data: String::new() };
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.trim_end().to_ascii_uppercase();
        let answer = if verb.starts_with("EHLO") {
            "250-mail.test\r\n250 8BITMIME".to_owned()
        } else if verb.starts_with("MAIL FROM:") {
            email.from = between(&line);
            "250 ok".to_owned()
        } else if verb.starts_with("RCPT TO:") {
            email.to = between(&line);
            match mood {
                Mood::Refuses(with) => with.to_owned(),
                _ => "250 ok".to_owned(),
            }
        } else if verb == "DATA" {
            writer.write_all(b"354 go on\r\n").await?;
            email.data = data(&mut lines).await?;
            inner.lock().unwrap().received.push(email.clone());
            if mood == Mood::BreaksOff {
                return Ok(());
            }
            "250 taken".to_owned()
        } else if verb == "QUIT" {
            writer.write_all(b"221 bye\r\n").await?;
            return Ok(());
        } else {
            "250 ok".to_owned()
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

fn between(line: &str) -> String {
    let after = line.split_once('<').map_or("", |(_, rest)| rest);
    after.split_once('>').map_or("", |(address, _)| address).to_owned()
}

/// Up to the line that is a single dot.
async fn data<R: tokio::io::AsyncBufRead + Unpin>(lines: &mut R) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
