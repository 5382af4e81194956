//! Seals: the chain is what PROTOCOL.md says, bit by bit; figures by Python's `hashlib`.

use landfall_engine::{Seal, seal::NotASeal};

#[test]
fn rule_24_a_seal_is_sha_256_of_the_one_before_and_the_record() {
    let first = Seal::NONE.then(r#"{"position":1}"#);
    assert_eq!(first.to_string(), "e4fb44c1b7ef55f365b7d263e162c222");
    assert_eq!(first.then(r#"{"position":1}"#).to_string(), "71a13740b96877add0b1e8b5b0fe1d64");
}

#[test]
fn a_seal_reads_back_as_text_and_nothing_else_does() {
    let seal = Seal::NONE.then("x");
    assert_eq!(seal.to_string().parse(), Ok(seal));
    for text in ["", "00", "+1000000000000000000000000000000", "zz000000000000000000000000000000", "000000000000000000000000000000000"] {
        assert_eq!(text.parse::<Seal>(), Err(NotASeal), "{text}");
    }
}
