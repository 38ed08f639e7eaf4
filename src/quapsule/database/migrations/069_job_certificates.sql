-- What was found when a job's programs were compared, hop by hop; and which vendors a worker reaches.

create table public.job_certificates (
  job_id uuid not null references public.job_runs (id) on delete cascade,
  seq integer not null,
  hop text not null,
  method text not null,
  result text not null,
  certificate jsonb not null,
  created_at timestamptz not null default now(),
  primary key (job_id, seq),
  constraint job_certificates_result_check check (result in ('equivalent', 'mismatch', 'not_checked')),
  constraint job_certificates_certificate_check check (jsonb_typeof(certificate) = 'object')
);

alter table public.job_certificates enable row level security;
alter table public.job_certificates force row level security;
revoke all on public.job_certificates from public, anon, authenticated;

comment on table public.job_certificates is 'Comparisons of a job''s programs: one per hop and program, written with the job''s end.';
comment on column public.job_certificates.job_id is 'Job.';
comment on column public.job_certificates.seq is 'Order within the job, from 0.';
comment on column public.job_certificates.hop is 'From → to, such as script → interchange.';
comment on column public.job_certificates.method is 'How the two were compared.';
comment on column public.job_certificates.result is 'equivalent, mismatch or not_checked.';
comment on column public.job_certificates.certificate is 'All of it: qubits, hashes, tolerance, what is not covered, detail, seconds; seq of its program.';
comment on column public.job_certificates.created_at is 'When it was recorded.';

-- A vendor's program has a form of its own; one that nobody reads here is text.
alter table public.job_programs drop constraint job_programs_format_check;
alter table public.job_programs add constraint job_programs_format_check
  check (format in ('python', 'qasm2', 'qasm3', 'braket', 'ahs', 'quil', 'text'));
comment on column public.job_programs.format is 'python, qasm2, qasm3, braket (OpenQASM 3 as Amazon Braket takes it), ahs (analog, JSON), quil or text.';

alter table private.workers add column providers text[] not null default '{}';
comment on column private.workers.providers is 'Vendors that it reaches, such as braket; engines of this installation are not named.';
