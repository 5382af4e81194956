//! Names of things: 16 bytes inside, text at the edges.

/// Declares a 16-byte id. In JSON it is a hyphenated UUID, in postcard its 16 bytes and nothing else.
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, as = "String"))]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// A UUIDv7: sorts by the time it was minted. The caller brings clock and randomness.
            pub fn mint(now: $crate::TimeMs, random: [u8; 10]) -> Self {
                Self($crate::id::uuid_v7(now, random))
            }

            /// Appends its text; many times as fast as through `Display`.
            pub fn write(&self, text: &mut String) {
                $crate::id::write_uuid(&self.0, text);
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::id::fmt_uuid(&self.0, f)
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::id::NotAnId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::parse_uuid(text).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::id::serialize(&self.0, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::id::deserialize(deserializer).map(Self)
            }
        }
    };
}

id! {
    /// Names one command, for ever; minted by the client that issues it.
    CommandId
}
id! {
    /// A person or program that acts. Comes from authentication only.
    ActorId
}
id! {
    /// One installation: a browser profile, or a native client's folder.
    DeviceId
}
id! {
    /// One log; in the product, one workspace.
    LogId
}

impl ActorId {
    /// The server itself, for the commands that only it may issue (founding a workspace, admitting a member). No session ever gets this id.
    pub const SERVER: Self = Self([0; 16]);
}

/// Text that is no UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

impl core::fmt::Display for NotAnId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("not an id: expected a UUID such as 0190f5c4-7a3b-7d2e-9c41-3f5a6b7c8d9e")
    }
}

impl std::error::Error for NotAnId {}

#[doc(hidden)]
pub fn uuid_v7(now: crate::TimeMs, random: [u8; 10]) -> [u8; 16] {
    uuid::Builder::from_unix_timestamp_millis(now.0, &random).into_uuid().into_bytes()
}

/// The text, in a buffer of the caller's.
fn encoded<'b>(bytes: &[u8; 16], buffer: &'b mut [u8; uuid::fmt::Hyphenated::LENGTH]) -> &'b str {
    uuid::Uuid::from_bytes_ref(bytes).hyphenated().encode_lower(buffer)
}

#[doc(hidden)]
pub fn write_uuid(bytes: &[u8; 16], text: &mut String) {
    text.push_str(encoded(bytes, &mut [0; uuid::fmt::Hyphenated::LENGTH]));
}

#[doc(hidden)]
pub fn fmt_uuid(bytes: &[u8; 16], f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
    f.write_str(encoded(bytes, &mut [0; uuid::fmt::Hyphenated::LENGTH]))
}

#[doc(hidden)]
pub fn parse_uuid(text: &str) -> Result<[u8; 16], NotAnId> {
    uuid::Uuid::try_parse(text).map(uuid::Uuid::into_bytes).map_err(|_| NotAnId)
}

#[doc(hidden)]
pub fn serialize<S: serde::Serializer>(bytes: &[u8; 16], serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        serializer.serialize_str(encoded(bytes, &mut [0; uuid::fmt::Hyphenated::LENGTH]))
    } else {
        serde::Serialize::serialize(bytes, serializer)
    }
}

#[doc(hidden)]
pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<[u8; 16], D::Error> {
    struct Text;
    impl serde::de::Visitor<'_> for Text {
        type Value = [u8; 16];
        fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("a UUID")
        }
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<[u8; 16], E> {
            parse_uuid(text).map_err(E::custom)
        }
    }
    if deserializer.is_human_readable() { deserializer.deserialize_str(Text) } else { serde::Deserialize::deserialize(deserializer) }
}
