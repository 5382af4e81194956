//! Placeholder until the domain arrives.
