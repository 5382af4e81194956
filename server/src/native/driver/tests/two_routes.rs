//! Rule 26 over real sockets and real HTTP: given a route that drops half of what it gets and says nothing, everything lands by the other.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

const COMMANDS: usize = 40;
/// The variant of `submit` in a postcard frame.
const SUBMIT: u8 = 1;

/// A line to a server that swallows things.
struct Leak {
    address: super::super::super::wire::Address,
    dropped: Arc<AtomicUsize>,
}

/// What a line swallows.
#[derive(Clone, Copy, PartialEq)]
enum Swallows {
    /// Every second WebSocket frame with commands.
    Frames,
    /// Every second connection, as it stands: it is taken and never answered.
    Requests,
}

async fn leak(server: SocketAddr, swallows: Swallows) -> Leak {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let dropped = Arc::new(AtomicUsize::new(0));
    let counted = dropped.clone();
    tokio::spawn(async move {
        let mut connections = 0;
        let mut swallowed = Vec::new();
        while let Ok((near, _)) = listener.accept().await {
            connections += 1;
            if swallows == Swallows::Requests && connections % 2 == 1 {
                counted.fetch_add(1, Ordering::Relaxed);
                swallowed.push(near);
                continue;
            }
            let far = TcpStream::connect(server).await.unwrap();
            let ((near_read, mut near_write), (mut far_read, far_write)) = (near.into_split(), far.into_split());
            tokio::spawn(async move { copy(&mut far_read, &mut near_write).await });
            tokio::spawn(carry_up(near_read, far_write, swallows, counted.clone()));
        }
    });
    Leak { address, dropped }
}

/// Frames of a browser or a program are masked, and ours are never in pieces.
async fn carry_up(mut near: OwnedReadHalf, mut far: OwnedWriteHalf, swallows: Swallows, dropped: Arc<AtomicUsize>) -> Option<()> {
    let mut head = Vec::new();
    while swallows == Swallows::Frames && !head.ends_with(b"\r\n\r\n") {
        head.push(near.read_u8().await.ok()?);
    }
    far.write_all(&head).await.ok()?;
    if !head.starts_with(b"GET /sync") {
        return copy(&mut near, &mut far).await.ok().map(drop);
    }
    let mut submits = 0;
    loop {
        let mut frame = vec![near.read_u8().await.ok()?, near.read_u8().await.ok()?];
        let more = match frame[1] & 0x7F {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mut length = vec![0; more];
        near.read_exact(&mut length).await.ok()?;
        let short = usize::from(frame[1] & 0x7F);
        let bytes = if more == 0 { short } else { length.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)) };
        let mut masked = vec![0; 4 + bytes];
        near.read_exact(&mut masked).await.ok()?;
        let is_submit = bytes > 0 && frame[0] & 0x0F == 2 && masked[4] ^ masked[0] == SUBMIT;
        submits += usize::from(is_submit);
        if is_submit && submits % 2 == 1 {
            dropped.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        frame.extend(length);
        frame.extend(masked);
        far.write_all(&frame).await.ok()?;
    }
}

/// Somebody does one thing after the other, each a frame of its own, and all of it lands.
async fn works_until_all_has_landed(world: &World, driver: &mut Driver<Counter>) {
    until_driver(driver, is_synced).await;
    for _ in 0..COMMANDS {
        driver.submit(Command::Add(Add { amount: 1 })).unwrap();
        // What can be sent is sent.
        let _ = tokio::time::timeout(Duration::from_millis(5), driver.step()).await;
    }
    until_driver(driver, is_synced).await;
    let landed = COMMANDS as i64;
    assert_eq!((*driver.client().confirmed(), world.head().await), (landed, COMMANDS as u64 + 1), "each has one record");
    assert!(driver.client().rejections().next().is_none());
    assert_eq!(driver.failures(), 0, "on one and the same connection");
}

fn given_two_routes(
    world: &World,
    first: &super::super::super::wire::Address,
    second: &super::super::super::wire::Address,
) -> Driver<Counter> {
    let place = Place { server: first.clone(), others: vec![second.clone()], two_routes: true, ..world.place.clone() };
    let folder = world.temporary.path().join("device-two-routes");
    Driver::open(&folder, place, world.token.clone(), DeviceId([1; 16])).unwrap()
}

#[tokio::test]
async fn rule_26_what_the_socket_drops_lands_by_http() {
    let world = World::start("driver-leaky-socket").await;
    let server = world.server.as_ref().unwrap().address();
    let leak = leak(server, Swallows::Frames).await;
    let mut driver = given_two_routes(&world, &leak.address, &world.place.server);
    works_until_all_has_landed(&world, &mut driver).await;
    assert!(leak.dropped.load(Ordering::Relaxed) > COMMANDS / 4, "half of the frames were dropped");
}

#[tokio::test]
async fn rule_26_what_http_drops_nobody_misses() {
    let world = World::start("driver-leaky-http").await;
    let server = world.server.as_ref().unwrap().address();
    let leak = leak(server, Swallows::Requests).await;
    let mut driver = given_two_routes(&world, &world.place.server, &leak.address);
    works_until_all_has_landed(&world, &mut driver).await;
    assert!(leak.dropped.load(Ordering::Relaxed) > 0, "a request was dropped");
}
