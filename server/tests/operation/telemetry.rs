//! Spans for a collector of OpenTelemetry: sent on request, where the program was built for it.

use crate::served::command;
use crate::world::Folder;

#[cfg(not(feature = "otel"))]
#[test]
fn without_the_feature_it_says_how_to_get_it() {
    let output = command(&["serve", "--listen", "127.0.0.1:0", "--otel", "http://127.0.0.1:4318"], &Folder::new()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("--features landfall/otel") && words.contains("leave --otel away"), "{words}");
}

#[cfg(feature = "otel")]
mod sent {
    use super::*;
    use crate::office::Office;
    use crate::served::Program;
    use std::process::Stdio;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    /// The parts of a protobuf message that are messages or texts, by their number.
    fn parts(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
        fn varint(bytes: &mut &[u8]) -> u64 {
            let mut value = 0;
            for shift in (0..).step_by(7) {
                let (first, rest) = bytes.split_first().expect("a whole number");
                *bytes = rest;
                value |= u64::from(first & 0x7f) << shift;
                if first & 0x80 == 0 {
                    break;
                }
            }
            value
        }
        let mut parts = Vec::new();
        while !bytes.is_empty() {
            let key = varint(&mut bytes);
            let length = match key & 7 {
                0 => {
                    varint(&mut bytes);
                    continue;
                }
                1 => 8,
                2 => usize::try_from(varint(&mut bytes)).unwrap(),
                5 => 4,
                other => panic!("no wire type {other}"),
            };
            let (part, rest) = bytes.split_at(length);
            bytes = rest;
            parts.push((key >> 3, part));
        }
        parts
    }

    fn within<'a>(bytes: &'a [u8], path: &[u64]) -> Vec<&'a [u8]> {
        path.iter().fold(vec![bytes], |found, number| {
            found.into_iter().flat_map(parts).filter(|(part, _)| part == number).map(|(_, part)| part).collect()
        })
    }

    /// The body of one export, answered as a collector does.
    async fn export(mut stream: TcpStream) -> Vec<u8> {
        let mut received = Vec::new();
        let (head, length) = loop {
            assert!(stream.read_buf(&mut received).await.unwrap() > 0, "a whole request");
            let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8(received[..end].to_vec()).unwrap().to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse::<usize>().unwrap();
            if received.len() >= end + 4 + length {
                received.drain(..end + 4);
                break (head, length);
            }
        };
        assert!(head.starts_with("post /v1/traces http/1.1") && head.contains("content-type: application/x-protobuf"), "{head}");
        assert_eq!(received.len(), length);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        received
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn spans_of_the_pipeline_arrive_at_the_collector() {
        let folder = Folder::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let collector = format!("http://{}", listener.local_addr().unwrap());
        let mut serve = command(&["serve", "--listen", "127.0.0.1:0", "--otel", &collector], &folder);
        let mut program = Program::by(serve.stderr(Stdio::null()));
        let office = Office::found(&program).await;
        program.signal("TERM");
        let ended = tokio::task::spawn_blocking(move || program.child.wait().unwrap());
        let collecting = async {
            let mut spans: Vec<(String, Vec<u8>)> = Vec::new();
            let has = |spans: &[(String, Vec<u8>)], name: &str| spans.iter().any(|(found, _)| found == name);
            while !["request", "submit", "append"].iter().all(|name| has(&spans, name)) {
                let body = export(listener.accept().await.unwrap().0).await;
                // The parts of a request are resources, of these scopes, of these spans; the name of a span is its fifth.
                for span in within(&body, &[1, 2, 2]) {
                    let name = String::from_utf8(within(span, &[5])[0].to_vec()).unwrap();
                    spans.push((name, span.to_vec()));
                }
            }
            spans
        };
        let spans = tokio::time::timeout(std::time::Duration::from_secs(20), collecting).await.expect("the spans come");
        assert!(ended.await.unwrap().success(), "sending spans does not keep it from ending");
        let log = office.ada.log.to_string();
        let of_log = |span: &[u8]| within(span, &[9, 2, 1]).contains(&log.as_bytes());
        assert!(spans.iter().any(|(name, span)| name == "append" && of_log(span)), "an append names its log");
        let text = String::from_utf8_lossy(&spans.iter().flat_map(|(_, span)| span.clone()).collect::<Vec<u8>>()).into_owned();
        assert!(!text.contains(crate::office::TITLE) && !text.contains(crate::office::NAME) && !text.contains("127.0.0.1"));
    }
}
