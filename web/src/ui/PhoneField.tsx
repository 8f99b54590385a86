// A phone number of any country: the country with its flag and calling code, the number, and at once whether it can be one.
import { Combobox, Group, InputBase, ScrollArea, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconCheck, IconChevronDown } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../api/calls'
import type { PhoneCheck } from '../api/types'
import { callingCode, countries } from './countries'
import { countryName, flag } from './format'

const DIGITS_MIN = 5

export interface Phone {
  country: string
  typed: string
  check: PhoneCheck | null
}

export function usePhone(initialCountry: string): [Phone, (change: Partial<Pick<Phone, 'country' | 'typed'>>) => void] {
  const [value, setValue] = useState({ country: initialCountry, typed: '' })
  const [asked] = useDebouncedValue(value, 200)
  const enough = asked.typed.replace(/\D/g, '').length >= DIGITS_MIN
  const query = useQuery({
    queryKey: ['phone-check', asked.country, asked.typed],
    queryFn: ({ signal }) => calls.phoneCheck(asked.typed, asked.typed.trim().startsWith('+') ? undefined : asked.country, signal),
    enabled: enough,
    staleTime: Infinity,
    retry: false,
  })
  const current = enough && asked === value ? (query.data ?? null) : null
  // A number typed with its + says itself which country it is of.
  if (current?.valid && current.country && current.country !== value.country && value.typed.trim().startsWith('+')) {
    setValue({ ...value, country: current.country })
  }
  return [{ ...value, check: current }, (change) => setValue({ ...value, ...change })]
}

interface Props {
  phone: Phone
  onChange: (change: Partial<Pick<Phone, 'country' | 'typed'>>) => void
  error?: string | undefined
  autoFocus?: boolean
}

export function PhoneField({ phone, onChange, error, autoFocus = false }: Props) {
  const { t } = useTranslation()
  const { check } = phone
  const problem = error ?? (check && !check.valid ? (check.reason ?? t('phone.invalid')) : undefined)
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      <CountrySelect country={phone.country} onChange={(country) => onChange({ country })} />
      <TextInput
        flex={1}
        type="tel"
        inputMode="tel"
        autoComplete="tel"
        label={t('phone.label')}
        description={check?.valid ? check.formatted : t('phone.hint')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        rightSection={check?.valid && <IconCheck size={18} color="var(--hb-good)" aria-label={t('phone.valid')} />}
        value={phone.typed}
        error={problem}
        data-autofocus={autoFocus || undefined}
        autoFocus={autoFocus}
        onChange={(event) => onChange({ typed: event.currentTarget.value })}
      />
    </Group>
  )
}

function CountrySelect({ country, onChange }: { country: string; onChange: (country: string) => void }) {
  const { t, i18n } = useTranslation()
  const [query, setQuery] = useState('')
  const search = useRef<HTMLInputElement>(null)
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption()
      setQuery('')
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  })
  const named = useMemo(
    () => countries.map((each) => ({ ...each, name: countryName(each.country, i18n.language) })).sort((a, b) => a.name.localeCompare(b.name, i18n.language)),
    [i18n.language],
  )
  const wanted = query.trim().toLowerCase()
  const found = named.filter((each) => each.name.toLowerCase().includes(wanted) || each.code.includes(wanted) || each.country.toLowerCase() === wanted)
  useEffect(() => void combobox.selectFirstOption(), [query]) // eslint-disable-line react-hooks/exhaustive-deps -- the combobox is new on every render
  return (
    <Combobox
      store={combobox}
      width={300}
      position="bottom-start"
      onOptionSubmit={(value) => {
        onChange(value)
        combobox.closeDropdown()
      }}
    >
      <Combobox.Target withAriaAttributes={false}>
        <InputBase
          component="button"
          type="button"
          pointer
          w={118}
          label={t('phone.country')}
          aria-label={t('phone.countryIs', { country: countryName(country, i18n.language), code: callingCode(country) })}
          rightSection={<IconChevronDown size={16} />}
          rightSectionPointerEvents="none"
          onClick={() => combobox.toggleDropdown()}
        >
          {flag(country)} {callingCode(country)}
        </InputBase>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search ref={search} value={query} onChange={(event) => setQuery(event.currentTarget.value)} placeholder={t('phone.search')} aria-label={t('phone.search')} />
        <Combobox.Options aria-label={t('phone.country')}>
          <ScrollArea.Autosize mah={260} type="auto">
            {found.map((each) => (
              <Combobox.Option key={each.country} value={each.country} active={each.country === country}>
                {flag(each.country)} {each.name} <small>{each.code}</small>
              </Combobox.Option>
            ))}
            {found.length === 0 && <Combobox.Empty>{t('phone.noCountry')}</Combobox.Empty>}
          </ScrollArea.Autosize>
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}
