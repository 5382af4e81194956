//! The listener: so many connections and no more, none of them silent for ever, and each tells how many bytes the other end has taken,
//! so that a slow reader is told from a dead one.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

/// After an accept that failed (no file descriptors left, say) the next one waits a little.
const ACCEPT_RETRY: Duration = Duration::from_millis(200);

/// A connection on which nothing arrives, and whose other end takes nothing, for this long is dropped. Sockets hear of each other more often than that;
/// what is left are requests that were begun and never finished, and connections kept for requests that never came.
const SILENCE_MAX: Duration = Duration::from_millis(landfall_engine::protocol::SILENCE_MAX_MS + 15_000);

/// See the module.
pub struct ProgressListener {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

/// A connection that counts what it has written.
pub struct ProgressStream {
    stream: TcpStream,
    peer: Peer,
    silence: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl ProgressListener {
    /// At most so many connections at a time; the next one waits until one of them ends.
    pub fn new(listener: TcpListener, connections_max: usize) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(connections_max)) }
    }
}

/// The other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Where it is.
    pub address: SocketAddr,
    written: Arc<AtomicU64>,
}

impl Peer {
    /// Bytes handed to the operating system so far.
    pub fn written_bytes(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }
}

impl Listener for ProgressListener {
    type Io = ProgressStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let place = self.places.clone().acquire_owned().await.expect("nobody closes the semaphore");
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    // Frames are written whole; waiting to fill a segment only delays them.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "a connection keeps its delay");
                    }
                    let peer = Peer { address, written: Arc::default() };
                    return (ProgressStream { stream, peer, silence: Box::pin(sleep(SILENCE_MAX)), _place: place }, address);
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, ProgressListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, ProgressListener>) -> Self {
        stream.io().peer.clone()
    }
}

impl ProgressStream {
    fn count(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &written {
            // Whoever takes a large answer slowly says nothing meanwhile.
            self.silence.as_mut().reset(Instant::now() + SILENCE_MAX);
            self.peer.written.fetch_add(*bytes as u64, Ordering::Relaxed);
        }
        written
    }
}

impl AsyncRead for ProgressStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(read) => {
                self.silence.as_mut().reset(Instant::now() + SILENCE_MAX);
                Poll::Ready(read)
            }
            Poll::Pending => {
                ready!(self.silence.as_mut().poll(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl AsyncWrite for ProgressStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.count(written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
