//! A line to a database that can be cut so that nobody is told: nothing arrives any more, and nothing says so.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// See the module.
pub struct Gate {
    is_open: watch::Sender<bool>,
}

impl Gate {
    /// A line to the PostgreSQL at this address, and the address that leads through it.
    pub async fn to(database: &str) -> (Self, String) {
        let (front, name) = database.rsplit_once('/').expect("an address ends with a name");
        let (user, port) = front.rsplit_once(':').expect("an address has a port");
        let port: u16 = port.parse().expect("a port");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let through = format!("{user}:{}/{name}", listener.local_addr().expect("an address").port());
        let (is_open, opened) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let mut opened = opened.clone();
                tokio::spawn(async move {
                    // Whoever knocks while it is shut waits without a word, as does what is on its way.
                    let _ = opened.wait_for(|is_open| *is_open).await;
                    let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else { return };
                    let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
                    tokio::select! {
                        () = carry(near_read, far_write, opened.clone()) => {}
                        () = carry(far_read, near_write, opened) => {}
                    }
                });
            }
        });
        (Self { is_open }, through)
    }

    pub fn cut(&self) {
        self.is_open.send_replace(false);
    }

    /// What was held back arrives late.
    pub fn mend(&self) {
        self.is_open.send_replace(true);
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut opened: watch::Receiver<bool>) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(count) = from.read(&mut bytes).await
        && count > 0
        && opened.wait_for(|is_open| *is_open).await.is_ok()
        && to.write_all(&bytes[..count]).await.is_ok()
    {}
}
