//! The journeys that wait for a refresh in a process that also reads new facts. A sender can link so many ids that their journeys
//! take minutes. Nobody else's journey waits for them: each new group has its first refresh before any group has a second one.

use std::collections::VecDeque;

use crate::touched::Group;

/// The number of journeys that are refreshed concurrently.
const CONCURRENCY: usize = 16;

/// The number of these that may be further refreshes of groups that have had one.
const RETURNED: usize = 2;

/// The groups that wait.
#[derive(Debug, Default)]
pub struct Backlog {
    new: VecDeque<Group>,
    returned: VecDeque<Group>,
}

impl Backlog {
    /// Adds groups that have had no refresh.
    pub fn add(&mut self, groups: impl IntoIterator<Item = Group>) {
        self.new.extend(groups.into_iter().filter(|group| !group.is_empty()));
    }

    /// Takes the group that is refreshed next, while `running` others are. `None` if it has to wait, or if there is none.
    pub fn next(&mut self, running: usize) -> Option<Group> {
        match running {
            0..RETURNED => self.new.pop_front().or_else(|| self.returned.pop_front()),
            RETURNED..CONCURRENCY => self.new.pop_front(),
            _ => None,
        }
    }

    /// Returns a group after its refresh. It waits again if something of it is left.
    pub fn put_back(&mut self, group: Group) {
        self.returned.extend(Some(group).filter(|group| !group.is_empty()));
    }

    /// The number of ids that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.new.iter().chain(&self.returned).map(Group::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, ids: usize) -> Group {
        Group::of((0..ids).map(|n| format!("crm.case:{name}{n}").parse().unwrap()))
    }

    #[test]
    fn a_new_group_comes_before_those_that_have_had_a_refresh() {
        let mut backlog = Backlog::default();
        backlog.put_back(group("large", 3));
        backlog.put_back(group("done", 0));
        backlog.add([group("new", 1), group("nothing", 0)]);
        assert_eq!(backlog.waiting(), 4);
        assert_eq!(backlog.next(0), Some(group("new", 1)));
        assert_eq!(backlog.next(1), Some(group("large", 3)));
        assert_eq!(backlog.next(1), None);
    }

    #[test]
    fn groups_that_have_had_a_refresh_leave_room_for_new_ones() {
        let mut backlog = Backlog::default();
        backlog.put_back(group("large", 3));
        assert_eq!(backlog.next(RETURNED), None);
        backlog.add([group("new", 1)]);
        assert_eq!(backlog.next(CONCURRENCY), None);
        assert_eq!(backlog.next(CONCURRENCY - 1), Some(group("new", 1)));
    }
}
