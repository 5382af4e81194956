//! A case to decide: a state, and who wants to do something in it; with the checks that commands share.

use crate::bounds::invalid;
use crate::commands::task::{Place, Spot};
use crate::ids::{BoardId, ColumnId, CommentId, Mark, MemberNumber, Sign, StepId, TaskId};
use crate::rank::Rank;
use crate::rejection::{Part, Problem, Rejection, Standing, Thing, Who};
use crate::state::{Board, Column, Comment, Hold, Member, Role, Stage, State, Step, Task};
use crate::text::Text;
use landfall_engine::{ActorId, Context};

/// A case to decide.
pub(crate) struct Case<'a> {
    pub(crate) state: &'a State,
    pub(crate) context: &'a Context,
}

impl<'a> Case<'a> {
    /// The author is the server.
    pub(crate) fn server(&self) -> Result<(), Rejection> {
        if self.context.actor == ActorId::SERVER { Ok(()) } else { Err(Rejection::ServerOnly {}) }
    }

    /// The author is a member, of whatever role.
    pub(crate) fn reader(&self) -> Result<(MemberNumber, &'a Member), Rejection> {
        self.member(self.context.actor)
    }

    /// The author is a member who may work.
    pub(crate) fn worker(&self) -> Result<MemberNumber, Rejection> {
        let (number, member) = self.reader()?;
        if member.role == Role::Viewer { Err(Rejection::Viewer {}) } else { Ok(number) }
    }

    /// The author is an owner.
    pub(crate) fn owner(&self) -> Result<MemberNumber, Rejection> {
        let (number, member) = self.reader()?;
        match member.role {
            Role::Owner => Ok(number),
            Role::Member => Err(Rejection::OwnersOnly {}),
            Role::Viewer => Err(Rejection::Viewer {}),
        }
    }

    pub(crate) fn is_owner(&self, number: MemberNumber) -> bool {
        self.state.member(number).is_some_and(|member| member.role == Role::Owner)
    }

    /// Somebody who is a member today.
    pub(crate) fn member(&self, actor: ActorId) -> Result<(MemberNumber, &'a Member), Rejection> {
        let stranger = || Rejection::NotAMember { who: Who { actor, name: Text::default() } };
        let number = self.state.number_of(actor).ok_or_else(stranger)?;
        let member = self.state.member(number).ok_or_else(stranger)?;
        if member.removed.is_some() { Err(Rejection::NotAMember { who: self.state.who(number) }) } else { Ok((number, member)) }
    }

    /// Somebody who could do a task. A viewer could not.
    pub(crate) fn able(&self, actor: ActorId) -> Result<MemberNumber, Rejection> {
        let (number, member) = self.member(actor)?;
        if member.role == Role::Viewer { Err(invalid("member", Problem::BadValue)) } else { Ok(number) }
    }

    /// No other member of today has this name.
    pub(crate) fn free_name(&self, name: &Text, actor: ActorId) -> Result<(), Rejection> {
        let taken = |member: &Member| member.removed.is_none() && member.actor != actor && member.name == *name;
        if self.state.members().values().any(|member| taken(member)) {
            return Err(Rejection::NameTaken { what: Thing::Member, name: name.clone() });
        }
        Ok(())
    }

    /// There is an owner besides this member, if this one is an owner.
    pub(crate) fn another_owner(&self, number: MemberNumber) -> Result<(), Rejection> {
        let owns = |member: &Member| member.removed.is_none() && member.role == Role::Owner;
        let others = || self.state.members().iter().any(|(other, member)| *other != number && owns(member));
        if self.is_owner(number) && !others() { Err(Rejection::LastOwner {}) } else { Ok(()) }
    }

    /// A board, discarded or not.
    pub(crate) fn any_board(&self, id: BoardId) -> Result<&'a Board, Rejection> {
        self.state.board(id).map(|board| &**board).ok_or(Rejection::NoSuch { what: Thing::Board })
    }

    /// A live board.
    pub(crate) fn board(&self, id: BoardId) -> Result<&'a Board, Rejection> {
        let board = self.any_board(id)?;
        self.live(Thing::Board, board.discarded.as_ref())?;
        Ok(board)
    }

    /// A column of a live board, discarded or not.
    pub(crate) fn any_column(&self, id: ColumnId) -> Result<&'a Column, Rejection> {
        let column = self.state.column(id).ok_or(Rejection::NoSuch { what: Thing::Column })?;
        self.board(column.board)?;
        Ok(column)
    }

    /// A live column of a live board.
    pub(crate) fn column(&self, id: ColumnId) -> Result<&'a Column, Rejection> {
        let column = self.any_column(id)?;
        self.live(Thing::Column, column.discarded.as_ref())?;
        Ok(column)
    }

    /// A task on a live board, discarded or not.
    pub(crate) fn any_task(&self, id: TaskId) -> Result<&'a Task, Rejection> {
        let task = self.state.task(id).ok_or(Rejection::NoSuch { what: Thing::Task })?;
        self.board(task.board)?;
        Ok(task)
    }

    /// A live task on a live board.
    pub(crate) fn task(&self, id: TaskId) -> Result<&'a Task, Rejection> {
        let task = self.any_task(id)?;
        self.live(Thing::Task, task.discarded.as_ref().map(|discarded| &discarded.sign))?;
        Ok(task)
    }

    /// A step of a task, discarded or not.
    pub(crate) fn any_step(&self, task: &'a Task, id: StepId) -> Result<&'a Step, Rejection> {
        task.step(id).map(|step| &**step).ok_or(Rejection::NoSuch { what: Thing::Step })
    }

    /// A live step of a task.
    pub(crate) fn step(&self, task: &'a Task, id: StepId) -> Result<&'a Step, Rejection> {
        let step = self.any_step(task, id)?;
        self.live(Thing::Step, step.discarded.as_ref())?;
        Ok(step)
    }

    /// A comment on a task, discarded or not.
    pub(crate) fn any_comment(&self, task: &'a Task, id: CommentId) -> Result<&'a Comment, Rejection> {
        task.comments.get(&id).map(|comment| &**comment).ok_or(Rejection::NoSuch { what: Thing::Comment })
    }

    /// A live comment on a task.
    pub(crate) fn comment(&self, task: &'a Task, id: CommentId) -> Result<&'a Comment, Rejection> {
        let comment = self.any_comment(task, id)?;
        self.live(Thing::Comment, comment.discarded.as_ref())?;
        Ok(comment)
    }

    /// It is not discarded.
    fn live(&self, what: Thing, discarded: Option<&Sign>) -> Result<(), Rejection> {
        match discarded {
            None => Ok(()),
            Some(sign) => Err(Rejection::Discarded { what, by: self.state.who(sign.person), at: sign.at }),
        }
    }

    /// It is discarded.
    pub(crate) fn discarded(&self, what: Thing, is_discarded: bool) -> Result<(), Rejection> {
        if is_discarded { Ok(()) } else { Err(Rejection::NotDiscarded { what }) }
    }

    /// There is nothing yet with an id that the command brings.
    pub(crate) fn unused(&self, existing: Option<&Sign>) -> Result<(), Rejection> {
        existing.map_or(Ok(()), |sign| Err(self.already(Standing::Exists, sign)))
    }

    /// There is room for one more.
    pub(crate) fn one_more(&self, what: Thing, count: usize, max: u32) -> Result<(), Rejection> {
        if count < max as usize { Ok(()) } else { Err(Rejection::LimitReached { what, max }) }
    }

    /// The part still is the one that the author read.
    pub(crate) fn fresh(&self, part: Part, based_on: Option<Mark>, sign: &Sign, theirs: impl FnOnce() -> Text) -> Result<(), Rejection> {
        match based_on {
            Some(mark) if mark != sign.mark => {
                Err(Rejection::Stale { part, by: self.state.who(sign.person), at: sign.at, theirs: theirs(), mark: sign.mark })
            }
            _ => Ok(()),
        }
    }

    /// It is so already, by `sign`.
    pub(crate) fn already(&self, what: Standing, sign: &Sign) -> Rejection {
        Rejection::Already { what, by: self.state.who(sign.person), at: sign.at }
    }

    /// The task is at `stage`.
    pub(crate) fn at_stage(&self, task: &Task, stage: Stage) -> Result<(), Rejection> {
        if task.stage == stage { Ok(()) } else { Err(self.wrong_stage(task, stage)) }
    }

    pub(crate) fn wrong_stage(&self, task: &Task, needs: Stage) -> Rejection {
        let entered = task.entered();
        Rejection::WrongStage { is: task.stage, needs, by: self.state.who(entered.person), at: entered.at }
    }

    /// Who has the task. Somebody who was removed has it no more.
    pub(crate) fn hold<'t>(&self, task: &'t Task) -> Option<&'t Hold> {
        let hold = task.hold.as_deref()?;
        self.state.member(hold.holder).is_some_and(|holder| holder.removed.is_none()).then_some(hold)
    }

    /// Nobody but `me` has the task.
    pub(crate) fn free_for(&self, me: MemberNumber, task: &Task) -> Result<(), Rejection> {
        match self.hold(task) {
            Some(hold) if hold.holder != me => Err(self.claimed_by(task, hold)),
            _ => Ok(()),
        }
    }

    pub(crate) fn claimed_by(&self, task: &Task, hold: &Hold) -> Rejection {
        Rejection::ClaimedBy { task: task.id, holder: self.state.who(hold.holder), at: hold.sign.at }
    }

    /// `me` has the task.
    pub(crate) fn held_by(&self, me: MemberNumber, task: &Task) -> Result<(), Rejection> {
        if task.holder() == Some(me) { Ok(()) } else { Err(self.not_holder(task)) }
    }

    pub(crate) fn not_holder(&self, task: &Task) -> Rejection {
        let hold = task.hold.as_deref();
        Rejection::NotHolder { holder: hold.map(|hold| self.state.who(hold.holder)), at: hold.map(|hold| hold.sign.at) }
    }

    /// The task is not blocked.
    pub(crate) fn unblocked(&self, task: &Task) -> Result<(), Rejection> {
        match &task.blocked {
            None => Ok(()),
            Some(blocked) => {
                Err(Rejection::Blocked { why: blocked.why.clone(), by: self.state.who(blocked.sign.person), at: blocked.sign.at })
            }
        }
    }

    /// The live column of a stage that comes first on a board.
    pub(crate) fn first_column(&self, board: BoardId, stage: Stage) -> Option<&'a Column> {
        self.state.columns_of(board).map(|column| &**column).find(|column| column.stage == stage && column.discarded.is_none())
    }

    /// Where a task comes to stand that enters `stage`: where the command says, else at the end of the first column of that stage.
    pub(crate) fn enter(&self, task: &Task, stage: Stage, to: Option<&Place>) -> Result<Spot, Rejection> {
        let column = match to {
            Some(place) => {
                let column = self.column(place.column)?;
                if column.board != task.board || column.stage != stage {
                    return Err(invalid("to", Problem::BadValue));
                }
                column
            }
            None => self.first_column(task.board, stage).ok_or(Rejection::NoColumn { board: task.board, stage })?,
        };
        self.room(column, Some(task))?;
        Ok(self.spot(column.id, to.and_then(|place| place.rank.as_ref())))
    }

    /// The command names no place, since the task stays where it stands.
    pub(crate) fn stays(&self, to: Option<&Place>) -> Result<(), Rejection> {
        if to.is_none() { Ok(()) } else { Err(invalid("to", Problem::BadValue)) }
    }

    /// The column takes one more live task, or has this one already.
    pub(crate) fn room(&self, column: &Column, task: Option<&Task>) -> Result<(), Rejection> {
        let Some(limit) = column.limit else { return Ok(()) };
        let count = self.state.count(column.id) as u32;
        if count < limit.count || task.is_some_and(|task| task.column == column.id && task.is_live()) {
            return Ok(());
        }
        Err(Rejection::ColumnFull {
            column: column.id,
            name: column.name.clone(),
            limit: limit.count,
            count,
            limited_by: self.state.who(limit.sign.person),
            limited_at: limit.sign.at,
        })
    }

    /// The place of that rank in a column, or the one at its end.
    pub(crate) fn spot(&self, column: ColumnId, rank: Option<&Rank>) -> Spot {
        let rank = rank.cloned().unwrap_or_else(|| {
            let last = self.state.order(column).and_then(|order| order.get_max());
            Rank::between(last.map(|(rank, _)| rank), None)
        });
        Spot { column, rank }
    }
}
