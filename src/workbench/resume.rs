//! Going on where the last session ended.

use super::Workbench;
use crate::app::layout::Sizes;
use crate::app::whereabouts::Whereabouts;
use crate::app::{Scope, Target};
use crate::panes;
use crate::query::listing;

impl Workbench {
    /// Where the session is.
    #[must_use]
    pub fn whereabouts(&self) -> Whereabouts {
        let scope = self.scope();
        let entity = scope.entity.as_ref();
        let layout = self.preferences.layouts.all().get(self.layout);
        Whereabouts {
            entity: entity.map(|target| (target.id.clone(), target.label.clone())),
            window: scope.window,
            list: listing::ALL
                .get(scope.list)
                .map_or(String::new(), |list| list.name.to_owned()),
            filter: self.panes.list.filter().to_owned(),
            related: scope.related,
            board: scope.board.map(str::to_owned),
            layout: layout.map_or(String::new(), |layout| layout.name.clone()),
        }
    }

    /// Goes where an earlier session was, one step from home. At home there is nothing to go on with.
    pub fn resume(&mut self, was: &Whereabouts) {
        let home = self.whereabouts();
        if *was == home {
            return;
        }
        let layouts = self.preferences.layouts.all();
        if let Some(at) = layouts.iter().position(|known| known.name == was.layout) {
            (self.layout, self.sizes) = (at, Sizes::of(&layouts[at]));
        }
        let list = listing::ALL.iter().position(|list| list.name == was.list);
        let board = panes::BOARDS
            .iter()
            .map(|board| board.spec.name)
            .find(|name| Some(*name) == was.board.as_deref());
        let entity = was.entity.as_ref();
        self.go(Scope {
            entity: entity.map(|(id, label)| Target::new(id, label)),
            window: was.window.filter(|(from, to)| from < to),
            list: list.unwrap_or(0),
            related: was.related,
            board,
        });
        // The list must know which one it is before it can be narrowed.
        self.follow(&[super::Focus::List, super::Focus::Timeline]);
        if list.is_some_and(|list| listing::check(&listing::ALL[list], &was.filter).is_ok())
            && !was.filter.is_empty()
        {
            let mut desk = self.world.desk();
            self.panes.list.narrow(was.filter.clone(), &mut desk);
        }
        self.say("as you left it; [ goes to where everything begins".to_owned());
    }
}
