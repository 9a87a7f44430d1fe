"""The functions that expressions may call; whatever isn't here is refused.

A function is here if its result depends on its arguments alone, and it reads
nothing but them.
"""

from __future__ import annotations

TEXT = """
    array_to_string ascii bar base64 bit_length char_length character_length chr concat concat_ws
    contains damerau_levenshtein decode editdist3 encode ends_with format format_bytes from_base64
    from_hex hamming hex instr jaccard jaro_similarity jaro_winkler_similarity lcase left
    left_grapheme len length length_grapheme levenshtein like_escape lower lpad ltrim md5
    mismatches nfc_normalize not_like_escape octet_length ord overlay parse_filename position
    prefix printf regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches
    regexp_replace regexp_split_to_array repeat replace reverse right right_grapheme rpad rtrim
    sha1 sha256 split split_part starts_with str_split str_split_regex string_split
    string_split_regex string_to_array strip_accents strlen strpos substr substring
    substring_grapheme suffix to_base to_base64 to_hex translate trim ucase unhex unicode upper
    url_decode url_encode
"""
NUMBERS = """
    abs acos acosh add asin asinh atan atan2 atanh bin bit_count cbrt ceil ceiling cos cosh cot
    degrees divide even exp factorial fdiv floor fmod gamma gcd greatest greatest_common_divisor
    isfinite isinf isnan lcm least least_common_multiple lgamma ln log log10 log2 mod multiply
    nextafter pi pow power radians round round_even roundbankers sign signbit sin sinh sqrt
    subtract tan tanh to_binary trunc xor
"""
TIMES = """
    century date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc
    day dayname dayofmonth dayofweek dayofyear days_in_month decade epoch epoch_ms epoch_ns
    epoch_us era extract hour isodow isoyear julian last_day make_date make_time make_timestamp
    make_timestamp_ms make_timestamp_ns make_timestamptz microsecond millennium millisecond minute
    month monthname nanosecond quarter second strftime strptime time_bucket timezone timezone_hour
    timezone_minute to_centuries to_days to_decades to_hours to_microseconds to_millennia
    to_milliseconds to_minutes to_months to_quarters to_seconds to_timestamp to_weeks to_years
    try_strptime week weekday weekofyear year yearweek
"""
VALUES = """
    cast coalesce if ifnull nullif try try_cast typeof
"""
NESTED = """
    array_append array_concat array_contains array_distinct array_extract array_has array_has_all
    array_has_any array_length array_position array_prepend array_slice array_sort array_value
    cardinality element_at flatten json_array json_array_length json_contains json_exists
    json_extract json_extract_path json_extract_path_text json_extract_string json_keys
    json_merge_patch json_object json_quote json_type json_valid json_value list_append list_avg
    list_concat list_contains list_count list_distinct list_extract list_first list_has
    list_has_all list_has_any list_indexof list_last list_max list_min list_position list_prepend
    list_reverse list_reverse_sort list_slice list_sort list_sum list_unique list_value list_zip
    map map_entries map_extract map_extract_value map_from_entries map_keys map_values row
    row_to_json struct_extract struct_insert struct_pack to_json
"""
AGGREGATES = """
    any_value arg_max arg_min argmax argmin array_agg avg bit_and bit_or bit_xor bool_and bool_or
    corr count count_if countif covar_pop covar_samp entropy favg first fsum group_concat
    histogram kurtosis last list listagg mad max max_by mean median min min_by mode product
    quantile quantile_cont quantile_disc regr_count regr_intercept regr_r2 regr_slope sem skewness
    stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance
"""
WINDOWS = """
    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank
    row_number
"""

NOW = {
    "now": "TIMESTAMPTZ",
    "current_timestamp": "TIMESTAMPTZ",
    "get_current_timestamp": "TIMESTAMPTZ",
    "transaction_timestamp": "TIMESTAMPTZ",
    "localtimestamp": "TIMESTAMP",
    "current_localtimestamp": "TIMESTAMP",
    "today": "DATE",
    "current_date": "DATE",
}
"""What tells the time, and the type of what it tells: always the run's first claim."""

_VOLATILE = """
    random uuid gen_random_uuid uuidv4 uuidv7 nextval currval setseed txid_current
    current_query current_connection_id current_transaction_id current_query_id
"""
VOLATILE = frozenset(_VOLATILE.split())
"""Refused with their own reason: each attempt of a run must compute the same rows."""

SCALAR = frozenset(f"{TEXT} {NUMBERS} {TIMES} {VALUES} {NESTED}".split()) | NOW.keys()
RELATIONAL = SCALAR | frozenset(f"{AGGREGATES} {WINDOWS} unnest".split())

_SYNTAX = """
    all and any array as asc between bigint bit blob boolean by case char coalesce collate
    character cross cube date datetime dec decimal desc distinct double else end escape except
    exclude filter float from full glob group grouping having hugeint ilike in inner intersect int
    integer interval is isnull join lateral left like limit materialized not notnull nulls numeric
    offset on or order outer over partition qualify real recursive rename replace right rollup
    select sets similar smallint some struct text then time timestamp timestamptz tinyint to
    ubigint union uinteger using values varchar varying when where window with within
"""
SYNTAX = frozenset(_SYNTAX.split())
"""Words before a parenthesis that call nothing."""
