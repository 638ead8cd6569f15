//! Three steps for somebody who sees the workbench for the first time, in the footer and never in the way.
//!
//! A step is a sentence and the action that ends it; whatever else is pressed works as ever. The steps lead
//! through the sample incident, from the release to who asked for it.

use super::Action;

/// A step: what to press and what for, and what ends it.
struct Step {
    text: &'static str,
    done: Action,
}

const STEPS: &[Step] = &[
    Step {
        text: "A release was rolled back: press V for what speaks against it",
        done: Action::Verdict,
    },
    Step {
        text: "Press f for what it did that releases before did not; enter opens one",
        done: Action::Findings,
    },
    Step {
        text: "Press V again, then 3 and enter: the prompt that asked for it",
        done: Action::Sessions,
    },
];

/// How far somebody is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guide {
    at: usize,
}

impl Guide {
    /// What to say now; `None` where all is said.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let step = STEPS.get(self.at)?;
        Some(format!("{}/{}  {}", self.at + 1, STEPS.len(), step.text))
    }

    /// Goes on where the step asked for this.
    pub fn did(&mut self, action: Action) {
        if STEPS.get(self.at).is_some_and(|step| step.done == action) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_ends_by_what_it_asks_for() {
        let mut guide = Guide::default();
        guide.did(Action::Down);
        assert!(guide.text().unwrap().starts_with("1/3"));
        for step in STEPS {
            guide.did(step.done);
        }
        assert_eq!(guide.text(), None);
    }
}
