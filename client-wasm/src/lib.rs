//! Placeholder until the client arrives.
