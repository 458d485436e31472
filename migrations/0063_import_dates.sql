-- In which order an imported file's dates are written: 03/04/2026 is two days, and only the person who has the file knows which.
alter table imports
    add column dates text not null default 'Automatic' check (dates in ('Automatic', 'DayFirst', 'MonthFirst', 'YearFirst'));
