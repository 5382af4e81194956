//! What the waiting commands rest on: a record that changes none of it is shown without a replay.

use crate::Domain;
use std::collections::BTreeMap;

/// What a decision rests on, or an event changes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reach {
    /// These entities.
    Entities(Vec<[u8; 16]>),
    /// Anything.
    Unknown,
}

impl Reach {
    pub const NOTHING: Self = Self::Entities(Vec::new());

    /// What these events change.
    pub fn of_change<D: Domain>(state: &D::State, events: &[D::Event]) -> Self {
        Self::collect(events, |event, entities| D::changes(state, event, &mut |entity| entities.push(entity)))
    }

    /// What a command rests on that waits. Of one that would be rejected nobody says it.
    pub fn of_pending<D: Domain>(subject: Option<[u8; 16]>, decided: &Result<Vec<D::Event>, D::Rejection>) -> Self {
        match decided {
            Ok(events) if events.is_empty() => subject.map_or(Self::Unknown, |subject| Self::Entities(vec![subject])),
            Ok(events) => Self::collect(events, |event, entities| D::rests_on(event, &mut |entity| entities.push(entity))),
            Err(_) => Self::Unknown,
        }
    }

    fn collect<E>(events: &[E], tell: impl Fn(&E, &mut Vec<[u8; 16]>) -> bool) -> Self {
        let mut entities = Vec::new();
        if events.iter().all(|event| tell(event, &mut entities)) { Self::Entities(entities) } else { Self::Unknown }
    }
}

/// How many of the waiting commands rest on each entity.
#[derive(Default)]
pub(super) struct Reaches {
    unknown: usize,
    entities: BTreeMap<[u8; 16], u32>,
}

impl Reaches {
    pub fn enter(&mut self, reach: &Reach) {
        match reach {
            Reach::Unknown => self.unknown += 1,
            Reach::Entities(entities) => {
                for entity in entities {
                    *self.entities.entry(*entity).or_default() += 1;
                }
            }
        }
    }

    pub fn leave(&mut self, reach: &Reach) {
        match reach {
            Reach::Unknown => self.unknown -= 1,
            Reach::Entities(entities) => {
                for entity in entities {
                    if let Some(count) = self.entities.get_mut(entity) {
                        *count -= 1;
                        if *count == 0 {
                            self.entities.remove(entity);
                        }
                    }
                }
            }
        }
    }

    /// May one of the commands be decided otherwise after this change, or leave another state behind?
    pub fn meet(&self, change: &Reach) -> bool {
        match change {
            Reach::Unknown => true,
            Reach::Entities(entities) if entities.is_empty() => false,
            Reach::Entities(entities) => self.unknown > 0 || entities.iter().any(|entity| self.entities.contains_key(entity)),
        }
    }
}
