//! The least that speaks HTTP: a server of one handler, and a client that keeps its connection.

use axum::Router;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Error;

/// Serves on a free port of this machine; gives the address.
///
/// # Errors
/// When no port is free.
pub async fn serve(app: Router) -> Result<std::net::SocketAddr, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

/// A connection that is used again.
pub struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn to(address: std::net::SocketAddr) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::new() })
    }

    /// Sends a request and reads the whole answer, which must be 200 and hold `must`.
    ///
    /// # Errors
    /// When it is not.
    pub async fn ask(self, method: &str, path: &str, body: &str, must: &str) -> Result<Self, Error> {
        self.ask_with("", method, path, body, must).await
    }

    /// The same with a header more, a whole line.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub async fn ask_with(
        mut self,
        header: &str,
        method: &str,
        path: &str,
        body: &str,
        must: &str,
    ) -> Result<Self, Error> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: load\r\ncontent-type: application/json\r\n{header}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.answer.clear();
        loop {
            let mut part = [0_u8; 4_096];
            let read = self.stream.read(&mut part).await?;
            self.answer.extend(part.iter().take(read));
            let text = String::from_utf8_lossy(&self.answer);
            if let Some((head, rest)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.unwrap_or("0").parse()?;
                if rest.len() >= length {
                    if head.starts_with("HTTP/1.1 200") && rest.contains(must) {
                        break;
                    }
                    return Err(format!("an answer that was not expected: {text}").into());
                }
            }
            if read == 0 {
                return Err("the server hung up".into());
            }
        }
        Ok(self)
    }
}
