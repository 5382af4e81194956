//! What a page does between a change and the patches that tell of it: marks and live queries, the browser's own modules.

use super::Dimension::{Pending, Rejections, Subscribers, Tasks};
use super::{GROWING_PENDING, GROWING_TASKS, Growth, May, Path, Size, TASKS, Work, work};
use crate::live_queries::LiveQueries;
use crate::marks::Marks;
use crate::product::commands::task::{Claim, Prioritise};
use crate::product::queries::{Filter, Grouping, Query, Scope, View};
use crate::product::state::{Priority, diff};
use crate::replica::{Replica, inbox, stored};
use crate::yard::{BOARD, ME, NOW, Yard, column, command_id, task};
use landfall_engine::client::Loaded;

/// Rows of a column or a list that are in sight.
const IN_SIGHT: u32 = 16;
/// The task that changes.
const CHANGED: u32 = 401;
/// Most slices in which a list or a search is gathered.
const SLICES: usize = 1_000;

const GROWING_REJECTIONS: Growth = Growth { dimension: Rejections, counts: [10, 100, 1_000], may: May::Stay };
const GROWING_SUBSCRIBERS: Growth = Growth { dimension: Subscribers, counts: [1, 10, 100], may: May::Follow };

/// What a page is at the moment of a change: everybody has been told everything.
pub struct Page {
    replica: Replica,
    marks: Marks,
    live: LiveQueries,
}

pub fn paths() -> Vec<Path> {
    let one = Size::of(&[(Tasks, TASKS), (Subscribers, 1)]);
    vec![
        Path {
            name: "refresh-column",
            counts: "a card in sight has changed: marks, the diff, one patch of one row for a column with 16 in sight",
            size: one,
            growths: vec![GROWING_TASKS, GROWING_PENDING, GROWING_REJECTIONS, GROWING_SUBSCRIBERS],
            prepare: refresh_column,
        },
        Path {
            name: "refresh-elsewhere",
            counts: "a card has changed that no column in sight has: each is asked",
            size: one,
            growths: vec![GROWING_TASKS, GROWING_SUBSCRIBERS],
            prepare: refresh_elsewhere,
        },
        Path {
            name: "refresh-board",
            counts: "the same for the heads of a board and of the workspace",
            size: one,
            growths: vec![GROWING_TASKS],
            prepare: refresh_board,
        },
        Path {
            name: "refresh-list",
            counts: "the same for the reader's own work and for all tasks by state, 16 in sight of each",
            size: one,
            growths: vec![GROWING_TASKS],
            prepare: refresh_list,
        },
        Path {
            name: "refresh-search",
            counts: "the same for a search that finds every task, 16 in sight",
            size: one,
            growths: vec![GROWING_TASKS],
            prepare: refresh_search,
        },
        Path {
            name: "rejection",
            counts: "one more rejection comes into the inbox: marks",
            size: Size::of(&[(Tasks, TASKS), (Rejections, 100)]),
            growths: vec![GROWING_REJECTIONS],
            prepare: rejection,
        },
        Path {
            name: "status",
            counts: "the lamp: what the machine says of itself",
            size: Size::of(&[(Tasks, 500), (Pending, 100), (Rejections, 100)]),
            growths: vec![GROWING_PENDING, GROWING_REJECTIONS],
            prepare: status,
        },
        Path {
            name: "diff",
            counts: "two states compared that differ in one task",
            size: one,
            growths: vec![GROWING_TASKS],
            prepare: difference,
        },
    ]
}

fn in_column(number: u32) -> Query {
    Query::Column { column: column(number), from: 0, count: IN_SIGHT, filter: Filter::default() }
}

fn list(scope: Scope, group: Grouping) -> Query {
    Query::List { scope, group, filter: Filter::default(), from: 0, count: IN_SIGHT, collapsed: Vec::new() }
}

impl Page {
    /// A page that shows these queries.
    pub fn showing(size: &Size, queries: Vec<Query>) -> Self {
        let yard = Yard::of(size.get(Tasks));
        let loaded = Loaded { inbox: inbox(&yard, size.get(Rejections)), ..stored(&yard, size.get(Pending)) };
        let mut page = Self { replica: Replica::online(loaded), marks: Marks::default(), live: LiveQueries::default() };
        page.mark();
        page.marks.take_changed();
        let view = view(&page.replica, &page.marks);
        for query in queries {
            page.live.subscribe(query, &view, &|| false);
        }
        page
    }

    fn mark(&mut self) {
        while self.marks.refresh(&mut self.replica.client) >= crate::marks::REFRESHED_MAX {}
    }

    /// The person drags this task to the top of its column; nobody has been told yet.
    fn drag(&mut self, number: u32) {
        let yard = Yard { state: self.replica.client.view().clone(), cursor: self.replica.client.cursor(), tasks: 1 };
        self.replica.client.submit(command_id(ME, 3_000_000), yard.drag(number), NOW).expect("nothing is against it");
        self.replica.settle();
    }

    /// Everybody whose query is touched is told.
    fn refresh(&mut self) -> Vec<(u32, String)> {
        self.mark();
        let remarked = self.marks.take_changed();
        self.live.refresh(&view(&self.replica, &self.marks), &remarked)
    }
}

fn view<'p>(replica: &'p Replica, marks: &'p Marks) -> View<'p> {
    let today = "2026-11-21".parse().expect("a day");
    View { state: replica.client.view(), me: ME, marks: marks.now(), today, now: NOW }
}

/// A task is dragged, and so many subscribers are to be told of it.
fn after_a_drag(mut page: Page, told: usize) -> Work {
    page.drag(CHANGED);
    work(move || {
        let patches = page.refresh();
        assert_eq!(patches.len(), told, "everybody is told whom it concerns");
        (page, patches)
    })
}

/// The patch of one row, for a column with 16 in sight in a workspace of so many tasks.
pub fn patch_of_one_row(tasks: u32) -> String {
    let mut page = Page::showing(&Size::of(&[(Tasks, tasks)]), vec![in_column(CHANGED)]);
    let yard = Yard { state: page.replica.client.view().clone(), cursor: page.replica.client.cursor(), tasks };
    let first = yard.state.order(column(CHANGED)).and_then(|order| order.get_min()).map(|(_, task)| *task).expect("the column has tasks");
    let command = Prioritise { task: first, priority: Priority::High };
    page.replica.client.submit(command_id(ME, 3_000_000), command.into(), NOW).expect("nothing is against it");
    page.replica.settle();
    let (_, patch) = page.refresh().remove(0);
    patch
}

fn refresh_column(size: &Size) -> Work {
    let subscribers = size.get(Subscribers);
    after_a_drag(Page::showing(size, (0..subscribers).map(|_| in_column(CHANGED)).collect()), subscribers as usize)
}

fn refresh_elsewhere(size: &Size) -> Work {
    after_a_drag(Page::showing(size, (0..size.get(Subscribers)).map(|_| in_column(CHANGED + 1)).collect()), 0)
}

fn refresh_board(size: &Size) -> Work {
    let mut page = Page::showing(size, vec![Query::Board { board: BOARD, filter: Filter::default() }, Query::Workspace {}]);
    let claim = Claim { task: task(CHANGED), to: None };
    page.replica.client.submit(command_id(ME, 3_000_000), claim.into(), NOW).expect("nothing is against it");
    page.replica.settle();
    work(move || {
        let patches = page.refresh();
        (page, patches)
    })
}

fn refresh_list(size: &Size) -> Work {
    let lists = vec![list(Scope::MyWork {}, Grouping::Needs), list(Scope::Everything {}, Grouping::State)];
    after_change_of_gathered(Page::showing(size, lists))
}

fn refresh_search(size: &Size) -> Work {
    after_change_of_gathered(Page::showing(size, vec![Query::Search { text: "anode".into(), limit: IN_SIGHT }]))
}

/// What is gathered first, is gathered before the change.
fn after_change_of_gathered(mut page: Page) -> Work {
    for _ in 0..SLICES {
        if !page.live.has_more() {
            break;
        }
        page.live.go_on(&view(&page.replica, &page.marks), &|| false);
    }
    assert!(!page.live.has_more(), "everything is gathered");
    page.drag(CHANGED);
    work(move || {
        let patches = page.refresh();
        (page, patches)
    })
}

fn rejection(size: &Size) -> Work {
    let mut page = Page::showing(size, Vec::new());
    let yard = Yard { state: page.replica.client.view().clone(), cursor: page.replica.client.cursor(), tasks: size.get(Tasks) };
    let count = size.get(Rejections);
    let one_more = inbox(&yard, count + 1).split_off(count as usize);
    page.replica.client.handle_loaded(Loaded { epoch: yard.cursor.epoch, inbox: one_more, ..Loaded::default() }, NOW);
    page.replica.settle();
    work(move || {
        page.mark();
        assert_eq!(page.marks.take_changed().len(), 1, "one mark has changed");
        page
    })
}

fn status(size: &Size) -> Work {
    let page = Page::showing(size, Vec::new());
    assert_eq!(page.replica.client.status().pending, size.get(Pending) as usize);
    work(move || {
        let status = page.replica.client.status();
        (page, status)
    })
}

fn difference(size: &Size) -> Work {
    let mut page = Page::showing(size, Vec::new());
    let before = page.replica.client.view().clone();
    page.drag(CHANGED);
    work(move || {
        let changes = diff(&before, page.replica.client.view());
        assert_eq!(changes.tasks.len(), 1, "one task differs");
        (page, before, changes)
    })
}
