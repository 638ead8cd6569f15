//! How I got here: scopes backward and forward, as a browser has them.

use super::scope::Scope;

/// More steps than anybody walks back.
const MOST: usize = 500;

/// The present scope among those before and after it.
#[derive(Debug, Clone)]
pub struct History {
    scopes: Vec<Scope>,
    at: usize,
}

impl History {
    /// Begins with `scope`.
    #[must_use]
    pub fn new(scope: Scope) -> Self {
        Self {
            scopes: vec![scope],
            at: 0,
        }
    }

    /// The present scope.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        // `at` is moved only within bounds, and there is always one scope.
        &self.scopes[self.at]
    }

    /// Goes to a new scope; what was ahead is forgotten.
    pub fn push(&mut self, scope: Scope) {
        if *self.scope() == scope {
            return;
        }
        self.scopes.truncate(self.at + 1);
        self.scopes.push(scope);
        if self.scopes.len() > MOST {
            self.scopes.remove(0);
        }
        self.at = self.scopes.len() - 1;
    }

    /// Changes the present scope: no step of its own.
    pub fn replace(&mut self, scope: Scope) {
        self.scopes[self.at] = scope;
    }

    /// One step back; false at the beginning.
    pub fn back(&mut self) -> bool {
        let can = self.at > 0;
        self.at -= usize::from(can);
        can
    }

    /// One step forward; false at the end.
    pub fn forward(&mut self) -> bool {
        let can = self.at + 1 < self.scopes.len();
        self.at += usize::from(can);
        can
    }

    /// How many steps lie behind and ahead.
    #[must_use]
    pub fn depth(&self) -> (usize, usize) {
        (self.at, self.scopes.len() - 1 - self.at)
    }

    /// The entities on the way here, oldest first, each once in a row.
    pub fn trail(&self) -> impl Iterator<Item = &super::Target> {
        let mut last: Option<&str> = None;
        let scopes = &self.scopes[..=self.at];
        // Whoever was home again began anew.
        let home = scopes.iter().rposition(|scope| scope.entity.is_none());
        scopes[home.map_or(0, |at| at + 1)..]
            .iter()
            .filter_map(|scope| scope.entity.as_ref())
            .filter(move |target| {
                let fresh = last != Some(target.id.as_str());
                last = Some(&target.id);
                fresh
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Target;

    fn at(id: &str) -> Scope {
        Scope {
            entity: Some(Target::new(id, id)),
            ..Scope::default()
        }
    }

    #[test]
    fn a_new_jump_forgets_what_was_ahead() {
        let mut history = History::new(at("a"));
        history.push(at("b"));
        history.push(at("c"));
        assert!(history.back() && history.back() && !history.back());
        assert_eq!(history.scope(), &at("a"));
        history.push(at("d"));
        assert!(!history.forward());
        assert_eq!(
            history.trail().map(|t| t.id.as_str()).collect::<Vec<_>>(),
            ["a", "d"]
        );
    }

    #[test]
    fn the_trail_begins_anew_at_home() {
        let mut history = History::new(Scope::default());
        history.push(at("a"));
        history.push(Scope::default());
        assert_eq!(history.trail().count(), 0);
        history.push(at("b"));
        assert_eq!(
            history.trail().map(|t| t.id.as_str()).collect::<Vec<_>>(),
            ["b"]
        );
    }

    #[test]
    fn the_same_scope_is_no_step() {
        let mut history = History::new(at("a"));
        history.push(at("a"));
        assert_eq!(history.depth(), (0, 0));
    }
}
