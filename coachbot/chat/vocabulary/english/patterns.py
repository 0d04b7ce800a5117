"""How English puts dates and times. The order matters: what matches first is read first."""

from coachbot.chat.vocabulary.language import Rule

YEAR = r"(?:,? (?P<year>\d{4}))?"
DAY = r"(?P<day>\d{1,2}(?:st|nd|rd|th)?|{ordinal})"
RAW = r"\d{1,2}(?::\d{2})?(?: ?(?:{half}|h))?"

RULES = (
    (Rule.BETWEEN, rf"(?:from|between) (?P<start>{RAW}) ?(?:to|and|until|till|-) ?(?P<end>{RAW})"
                   r"(?! {month})"),
    (Rule.ISO_DATE, r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    (Rule.CLOCK, r"(?<=at )(?P<hour>\d{1,2})\.(?P<minute>\d{2})(?: ?(?P<half>{half}))?"),
    (Rule.CLOCK, r"(?P<hour>\d{1,2})[.:](?P<minute>\d{2}) ?(?P<half>{half})"),
    (Rule.DAY_FIRST, r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?:\.(?P<year>\d{4}|\d{2}))?\.?"),
    (Rule.EITHER_FIRST, r"(?P<first>\d{1,2})/(?P<second>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?"),
    (Rule.EDGE, r"(?:the )?(?P<edge>{edge})[ -](?:of )?(?:the |this )?(?:(?P<next>next) )?"
                r"(?P<period>{period}|{month})"),
    (Rule.DAY_MONTH, rf"(?:the )?{DAY}(?: of)? (?P<month>{{month}}){YEAR}"),
    (Rule.DAY_MONTH, rf"(?P<month>{{month}}) (?:the )?{DAY}{YEAR}"),
    (Rule.BETWEEN, rf"(?P<start>{RAW}) ?(?:-|until|till) ?(?P<end>{RAW})"),
    (Rule.WEEK_OF_MONTH, r"(?:the )?(?P<ordinal>{ordinal}) (?:full )?week (?:of|in) "
                         r"(?P<month>{month})"),
    (Rule.WEEK_OF, r"(?:in |during )?(?:the )?week (?:of|from|starting|beginning|commencing) "
                   r"(?P<date>{date})"),
    (Rule.IN_COUNT, r"in (?P<count>{unit_minutes})(?: time)?"),
    (Rule.IN_COUNT, r"in (?P<count>{count}) (?P<unit>{unit})(?: time)?"),
    (Rule.IN_COUNT, r"(?P<count>{count}) (?P<unit>{unit}) from (?:now|today)"),
    (Rule.NEXT_COUNT, r"(?:(?:with)?in |over |during )?(?:the )?(?:next|coming) (?P<count>{count}) "
                      r"(?P<unit>{unit})"),
    (Rule.NEXT_COUNT, r"within (?P<count>{count}) (?P<unit>{unit})"),
    (Rule.WEEK_AFTER, r"(?:a|one) week (?:on|from) (?P<weekday>{weekday})"),
    (Rule.WEEK_AFTER, r"(?P<weekday>{weekday}) week"),
    (Rule.SHIFT, r"(?:by )?(?P<count>{unit_minutes}|(?:{count}) (?:{unit})) "
                 r"(?:later|(?P<earlier>earlier|sooner))"),
    (Rule.SHIFT, r"(?:(?P<earlier>forward )|back )?by "
                 r"(?P<count>{unit_minutes}|(?:{count}) (?:{unit}))"),
    (Rule.DURATION, r"(?P<count>{unit_minutes})"),
    (Rule.DURATION, r"(?P<count>\d+(?:[.,]\d)?|{count})[ -]?(?P<unit>{unit})(?: long)?"),
    (Rule.CLOCK_PAST, r"(?:a )?(?P<minute>{fraction}|{number}|\d{1,2})(?: minutes)? past "
                      r"(?P<hour>{hour})"),
    (Rule.CLOCK_PAST, r"(?P<minute>half) (?P<hour>{hour})"),
    # "10 to 2" is a span, "at 10 to 2" and "20 to 2" are clocks.
    (Rule.BETWEEN, r"(?<!at )(?P<start>(?!20|25)\d{1,2}) to (?P<end>\d{1,2})"),
    (Rule.CLOCK_TO, r"(?:a )?(?P<minute>{fraction}|(?:five|ten|twenty|twenty five|5|10|20|25)"
                    r"(?: minutes)?) (?:to|before|til) (?P<hour>{hour})"),
    (Rule.CLOCK, r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))? ?(?P<half>{half})"),
    (Rule.CLOCK, r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?: h| hrs| hours| oclock)?"),
    (Rule.CLOCK, r"(?P<hour>{hour}) (?:o clock|oclock|uhr)(?: (?P<half>{half}))?"),
    (Rule.CLOCK, r"(?P<hour>{hour}) (?P<minute>fifteen|twenty|thirty|forty|forty five|fifty)"
                 r"(?: ?(?P<half>{half}))?"),
    (Rule.CLOCK, r"(?P<hour>{hour}) (?P<half>{half})"),
    (Rule.CLOCK, r"(?:(?<=at )|(?<=after )|(?<=before )|(?<=around ))"
                 r"(?P<hour>[0-2]\d)(?P<minute>[0-5]\d)"),
    (Rule.NOON, r"(?:12 )?(?:noon|midday|mid day)"),
    (Rule.MIDNIGHT, r"midnight"),
    (Rule.DAY_WORD, r"(?P<word>{day_word})"),
    (Rule.TODAY, r"this(?= {part})"),
    (Rule.NEXT_PERIOD, r"(?:the )?(?:next|following) (?P<period>{period})"),
    (Rule.PERIOD, r"(?:(?:this|the|coming|current|rest of (?:the|this)) )?(?P<period>{period})"),
    (Rule.WORKDAYS, r"(?:week ?days?|working days?|work ?days?)"),
    (Rule.NEXT_WEEKDAY, r"next (?:weeks )?(?P<weekday>{weekday})"),
    (Rule.NEXT_WEEKDAY, r"(?P<weekday>{weekday}) next week"),
    (Rule.LAST_WEEKDAY, r"last (?P<weekday>{weekday})"),
    (Rule.THIS_WEEKDAY, r"(?:this|coming|this coming|the coming) (?P<weekday>{weekday})"),
    (Rule.WEEKDAY, r"(?:the )?(?P<weekday>{weekday})s?"),
    (Rule.THE_DAY, r"(?:the )?(?P<day>\d{1,2}(?:st|nd|rd|th))(?! (?:one|option|slot))"),
    (Rule.MONTH, r"(?:in|during|for|this|next|of|around) (?P<month>{month})"),
    (Rule.MONTH, r"(?P<month>{clear_month})"),
    (Rule.RANGE, r"between (?P<first>{date}) and (?P<second>{date})"),
    (Rule.ALTERNATIVES, r"(?P<first>{date}) (?:(?:or|and)(?: on| the)?)? ?(?P<second>{date})"),
    (Rule.RANGE, r"(?:from |between )?(?P<first>{date}) ?(?:to|until|till|through|thru|-) ?"
                 r"(?P<second>{date})"),
    (Rule.FROM_DAY, r"(?:from|starting|as of|on or after) (?P<date>{date})(?: on| onwards?)?"),
    (Rule.FROM_DAY, r"(?P<date>{date}) (?:or later|onwards?)"),
    (Rule.AFTER_DAY, r"(?:any ?time |any day )?(?:after|later than) (?P<date>{date})"),
    (Rule.BEFORE_DAY, r"(?:any ?time |any day )?(?:before|earlier than) (?P<date>{date})"),
    (Rule.UNTIL_DAY, r"(?:until|till|by|no later than|not later than|up to) (?P<date>{date})"),
    (Rule.CLOCK_BY_PART, r"(?P<clock>{clock}) (?:in the |at |oclock in the )(?P<part>{part})"),
    (Rule.BETWEEN, r"(?:from|between) (?P<start>{clock}) (?:to|and|until|till|-) (?P<end>{clock})"),
    (Rule.BETWEEN, r"(?P<start>{clock}) ?(?:to|until|till|-) ?(?P<end>{clock})"),
    (Rule.AROUND, r"(?:at )?(?:around|about|approximately|roughly|circa|ca|near|somewhere around|"
                  r"sometime around) (?P<clock>{clock})"),
    (Rule.AROUND, r"(?:at )?(?P<clock>{clock}) ?(?:ish|or so|or thereabouts)"),
    (Rule.AFTER, r"(?:any ?time )?(?:after|from|past|later than|not before|no earlier than|since) "
                 r"(?P<clock>{clock})(?: on| onwards?)?"),
    (Rule.AFTER, r"(?P<clock>{clock}) (?:or later|onwards?|or after)"),
    (Rule.BEFORE, r"(?:any ?time )?(?:before|until|till|by|earlier than|not after|no later than|"
                  r"up to) (?P<clock>{clock})"),
    (Rule.BEFORE, r"(?P<clock>{clock}) (?:or earlier|at the latest)"),
    (Rule.AT, r"(?:at|@|for) (?P<clock>{clock})"
              r"(?! (?:people|persons|of us|adults|times|weeks|days))"),
    (Rule.AT, r"(?<=§d\d )(?P<clock>\d{1,2})"),
    (Rule.AT, r"(?P<clock>§c\d)"),
    (Rule.AFTER_PART, r"(?:any ?time )?after (?:the )?(?P<part>{part})"),
    (Rule.BEFORE_PART, r"(?:any ?time )?before (?:the )?(?P<part>{part})"),
    (Rule.PART, r"(?:(?:at|around|over|during|this|in the|in|on) )?"
                r"(?:(?P<edge>early|late|mid)[ -])?(?P<part>{part})"),
)  # fmt: skip

PICKS = (
    r"(?:#|number|option|no|nr|num|slot|choice) ?(?P<count>{count})",
    r"(?:the )?(?P<ordinal>{ordinal}|\d{1,2}(?:st|nd|rd|th))(?: (?:one|option|slot|time|booking|"
    r"appointment|choice))?",
    r"(?P<count>\d{1,2}|{number})\)?",
)
